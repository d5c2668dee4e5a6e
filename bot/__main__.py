"""`python -m bot` is the same program as `easel`."""

# Guarded: the picture workers import this module again when they start.
if __name__ == "__main__":
    from bot.cli import main

    main()
