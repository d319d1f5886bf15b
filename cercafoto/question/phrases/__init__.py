"""Take the phrases of a sentence, a module for each kind of phrase. Begin with `sentence`.

A function that takes a phrase gets the sentence and the spot where a phrase may begin. It returns
where the phrase ends among the free words, 0 if it took none.
"""
