"""People with accounts: who they are, how they sign in, what they may do (`web.policy`), and their pages."""
