"""Credit risk and false rejections: from a table of applications to a policy that holds."""

__version__ = "0.1.0"
