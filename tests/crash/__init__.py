"""The campaign: a real spooler and simulated printers, killed and mistreated by the round; see __main__.py."""
