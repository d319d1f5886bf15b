"""Answer the questions of a person's assistant, through the Model Context Protocol."""
