"""What stands for other processors when results are calibrated.

Each of these changes the order or the width of sums, as another processor would, and nothing of
what is computed. Another seed is no other processor: the stored results are those of seed 42.
"""

from dataclasses import dataclass, field

from neurec_helpers.regression.tolerance import ELSEWHERE, PLACES, X86


@dataclass(frozen=True)
class Processor:
    """A way to run a notebook as another processor would.

    Attributes
    ----------
    name : str
    place : str
        Whose tolerance follows from it: `X86` or `ELSEWHERE`.
    variables : dict of str to str
        Set in the kernel's environment.
    first_cell : str
        Code to run before the notebook's first cell; empty for none.
    """

    name: str
    place: str
    variables: dict = field(default_factory=dict)
    first_cell: str = ""


# Of setup's switches, oneDNN and the contraction kernel choose their arithmetic by the processor.
OTHER_SUMS = """\
from neurec_helpers import startup

startup.SWITCHES.update(TF_ENABLE_ONEDNN_OPTS="1", TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL="1")
"""

PROCESSORS = (
    # An x86 processor of 2009, without AVX: NumPy, glibc and OpenBLAS choose other code there.
    Processor(
        "old-x86",
        X86,
        {
            "NEUREC_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_CORETYPE": "Nehalem",
            "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX2_Usable,-FMA_Usable",
        },
    ),
    # No other kind of processor is at hand; other orders of sums within TensorFlow stand for one.
    Processor("other-sums", ELSEWHERE, {"OPENBLAS_CORETYPE": "Haswell"}, OTHER_SUMS),
)


def processors_for(place):
    """The processors that a place's tolerance rests on: elsewhere means anywhere."""
    return [one for one in PROCESSORS if PLACES.index(one.place) <= PLACES.index(place)]
