"""One web page that recommends books: made here, and working without us ever after."""
