"""`python -m neurec_helpers` is `neurec`."""

from neurec_helpers.cli import main

if __name__ == "__main__":
    main()
