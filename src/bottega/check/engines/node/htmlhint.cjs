// Looks at files with HTMLHint's own functions: its command line would read configuration of the repository.
// Told on standard input: {"package": folder, "rules": {...}, "files": [...]}; without files it tells its rules.
const { readFileSync } = require("node:fs");

const told = JSON.parse(readFileSync(0, "utf8"));
const { HTMLHint } = require(told.package);
if (!told.files) {
  const rules = Object.values(HTMLHint.rules).map(({ id, description, link }) => ({ id, description, link }));
  process.stdout.write(JSON.stringify({ rules, usual: HTMLHint.defaultRuleset }));
} else {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const found = {};
  const unread = {};
  for (const file of told.files) {
    try {
      const text = decoder.decode(readFileSync(file));
      found[file] = HTMLHint.verify(text, told.rules).map(({ rule, message, line, col }) => {
        // It counts in halves of letters outside of the first plane.
        const before = (text.split(/\r?\n/)[line - 1] ?? "").slice(0, col - 1);
        return { code: rule.id, message, line, column: [...before].length + 1 };
      });
    } catch (error) {
      unread[file] = String(error.message ?? error);
    }
  }
  process.stdout.write(JSON.stringify({ found, unread }));
}
