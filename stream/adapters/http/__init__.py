"""HTTP: receivers of alerts, the messages that they get, and the server under the API and the health port."""
