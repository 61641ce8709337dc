"""All commands, by the names of the functions that do them."""

from cyclopts import App

from bottega import __version__

app = App(name="bottega", version=__version__, help="A self-hosted build and code-check server.")
app.command("bottega.cli.serve:serve")
app.command("bottega.cli.agent:agent")
app.command("bottega.cli.build:build")
app.command("bottega.cli.check:check")
app.command("bottega.cli.demo:demo")
app.command("bottega.cli.verify:verify")
app.command("bottega.cli.admin:admin", name="admin")
