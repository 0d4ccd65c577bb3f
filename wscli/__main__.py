"""`python -m wscli`."""

from wscli.cli.main import entry

if __name__ == "__main__":
    entry()
