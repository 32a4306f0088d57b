import { checkPluginPackage } from "@cassandra-rekey/testkit";
import { it } from "vitest";

it("can be published, installed and used", () => checkPluginPackage(`${import.meta.dirname}/..`));
