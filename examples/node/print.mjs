// node print.mjs ADDRESS JOB.json …: hands the jobs over and follows each to its end. The files are as in examples/jobs:
// the keys of a job of `submit`, with the names of picture files for photo and signature.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { Spooler } from "./spooler.mjs";

const [address, ...files] = process.argv.slice(2);
if (!files.length) {
  console.error("node print.mjs unix:/path/to/spooler.sock JOB.json …");
  process.exit(2);
}

async function load(file) {
  const job = JSON.parse(await readFile(file, "utf8"));
  for (const picture of ["photo", "signature"])
    if (job[picture]) job[picture] = await readFile(path.join(path.dirname(file), job[picture]));
  return job;
}

const show = (job) => (job.reason ? `${job.state} (${job.reason})` : job.state);
const spooler = new Spooler(address, { application: "contoh-node", token: process.env.SPOOLER_TOKEN });
let bad = 0;
try {
  const jobs = await Promise.all(files.map(load));
  const answers = await spooler.submit(jobs);
  await Promise.all(
    answers.map(async (answer, index) => {
      if (answer.error) {
        bad++;
        console.log(`${files[index]}: ${answer.error.code}: ${answer.error.message}`);
        return;
      }
      const { id, number, repeat } = answer;
      console.log(`${number}  ${id}  ${repeat ? "known already" : "accepted"}`);
      const last = await spooler.ended(id, (job) => console.log(`${number}  ${id}  ${show(job)}`));
      console.log(`${number}  ${id}  ${show(last)}`);
      if (last.state !== "completed") bad++;
    }),
  );
} catch (error) {
  bad++;
  console.error(error.message);
} finally {
  spooler.close();
}
process.exitCode = bad ? 1 : 0;
