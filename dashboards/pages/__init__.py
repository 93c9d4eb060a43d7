"""The dashboards, one package each: ``page.build`` returns its JSON, the other modules hold its panels by subject.

Each of their functions returns the panel that it is named for; what the panel asks stands in its ``PanelSpec``.
"""
