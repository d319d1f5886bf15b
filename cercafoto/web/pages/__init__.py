"""Answer the requests of each page; `responses` has the functions that all pages need."""
