// Command pack packs a module into the folder of a module proxy:
//
//	pack -version v0.1.0 -to packages/go sdk/go LICENSE=LICENSE CHANGELOG.md=sdk/CHANGELOG.md
//
// It packs the module's Go code, go.mod, go.sum and README.md, and files from
// elsewhere under the names before the equals signs. The same files make the
// same archive.
//
// See https://go.dev/ref/mod#goproxy-protocol.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	version := flag.String("version", "", "the version to pack, with its v")
	to := flag.String("to", "", "the proxy's folder; what is there of the module is replaced")
	flag.Parse()
	if err := pack(*version, *to, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(version, to string, args []string) error {
	if version == "" || to == "" || len(args) == 0 {
		return fmt.Errorf("say -version, -to and the folder of the module")
	}
	files, err := moduleFiles(args[0])
	if err != nil {
		return err
	}
	for _, arg := range args[1:] {
		name, path, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=FILE", arg)
		}
		files = append(files, file{name, path})
	}
	return writeVersion(to, args[0], version, files)
}
