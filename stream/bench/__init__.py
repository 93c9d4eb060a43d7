"""Measurements behind ``bellwether bench``. Wall clock, on whatever machine this is: figures only mean something beside
each other, so what is compared is measured in the same run.
"""
