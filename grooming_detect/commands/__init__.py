"""The subcommands of `grooming-detect`: one module each, found by listing this folder.

A module has ``HELP`` (one line), ``add_arguments(parser)`` and ``run(arguments)``, which returns the exit code: 0 done, 1 some
records were bad, 2 unusable arguments or input.
"""
