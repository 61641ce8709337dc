"""Telling people and programs outside: mail, chat robots, webhooks, and messages for the console."""
