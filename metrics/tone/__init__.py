"""How a mail sounds: fresh text, language, score, and the trend of many."""
