"""What goes out: which flips to tell whom, in what words, by which way."""
