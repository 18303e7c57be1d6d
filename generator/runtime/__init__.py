"""What never varies with the contract: these modules are copied into every package.

`errors` and `facts` stand for those that the templates write, so that this folder can be checked.
"""
