"""The code which is the same for every spec: the generator copies these modules into each package.

`errors` and `facts` are placeholders for modules which the templates write. With them, linters and
type checkers can check this folder.
"""
