"""Every SQL statement, one file a subject; a method is a transaction."""
