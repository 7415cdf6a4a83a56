"""`python -m riskkit` is the command line."""

from riskkit.cli import main

if __name__ == "__main__":
    main()
