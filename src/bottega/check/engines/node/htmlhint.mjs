// Looks at files with HTMLHint's own functions: its command line would read configuration of the repository.
// Told beside "packages" and "files": {"rules": {...}}.
import { drive, require, told } from "./driver.mjs";

const { HTMLHint } = require("htmlhint");

await drive({
  rules: () => ({
    rules: Object.values(HTMLHint.rules).map(({ id, description, link }) => ({ id, description, link })),
    usual: HTMLHint.defaultRuleset,
  }),
  look: (text) =>
    HTMLHint.verify(text, told.rules).map(({ rule, message, line, col }) => ({
      code: rule.id,
      message,
      line,
      column: col,
    })),
});
