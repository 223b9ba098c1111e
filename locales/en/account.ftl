# Pages of account.
