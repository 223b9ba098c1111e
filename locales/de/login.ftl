# Signing in: password, second factor, account, consent.
