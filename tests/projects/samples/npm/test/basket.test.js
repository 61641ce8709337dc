import assert from "node:assert/strict";
import { test } from "node:test";

import { total } from "../src/basket.js";

test("prices are added up", () => assert.equal(total([1, 2, 3], 0), 6));
test("nothing costs nothing", () => assert.equal(total([], 0), 0));
test("discounts come later", { skip: true }, () => {});
