"""Answer the requests of each page; what all of them need is in `responses`."""
