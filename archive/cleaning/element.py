"""The type of a tree's elements, under the name that the rest of the house uses."""

from lxml import etree

Element = etree._Element
"""An element of a parsed page. lxml's class for HTML is a slower one with methods nobody needs."""
