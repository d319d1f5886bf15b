"""The archive as a person looks through it on a screen, a page of the browser or one in the
terminal: what is asked, with what was chosen and dropped; answers a page at a time; how they were
understood; what can be chosen; and what is known of a photo."""
