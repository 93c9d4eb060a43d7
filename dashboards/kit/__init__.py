"""The house style: colours, kinds of panel, queries, and how panels become a dashboard."""
