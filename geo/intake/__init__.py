"""Reports that arrive: rows as somebody sent them become events of the journal, or are told what is wrong."""
