"""Whatever bytes come, only the documented errors: `make fuzz`.

    targets     what is fed with bytes, and which errors are its word
    seeds       where a fuzzer begins; every test run sends them through their targets (tests/test_fuzz_seeds.py)
    __main__    one target in an own process, guided by coverage (atheris, which is libFuzzer)

A finding is an exception that is not in the target's documents, a crash or a hang. Its input is written to a file in
`tests/fuzz/found`; mend the fault, then move the file to the seeds, where no later change can bring the fault back.
"""
