"""What the web page and the terminal screen share: the question with the filters chosen, answers a
page at a time, chips that say how the question was understood, choices that narrow an answer, and
the details of a photo."""
