import NilometerCLI

EntryPoint.run()
