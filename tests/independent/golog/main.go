// Checks a published log with the Go project's own packages: sumdb/note for the signatures and
// sumdb/tlog for the tree. Knows nothing of the product. Prints one line a check; fails on the first.
//
//	golog DIRECTORY VKEY
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func must(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

type head struct {
	size int64
	root tlog.Hash
}

// open verifies a checkpoint's Ed25519 line and reads its three lines.
func open(path string, verifiers note.Verifiers) head {
	data, err := os.ReadFile(path)
	must(err, path)
	opened, err := note.Open(data, verifiers)
	must(err, path)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, path)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	must(err, path)
	var h tlog.Hash
	copy(h[:], root)
	return head{size, h}
}

// widest reads the full tile of a place, or its partial of the given width.
func widest(dir string, level string, n int64, w int64) []byte {
	name := filepath.Join(dir, "tile", level, fmt.Sprintf("%03d", n))
	if n >= 1000 {
		log.Fatal("this checker reads logs of fewer than 1000 tiles a level")
	}
	if w < width {
		name = filepath.Join(name+".p", strconv.FormatInt(w, 10))
	}
	data, err := os.ReadFile(name)
	must(err, name)
	return data
}

func entries(dir string, size int64) [][]byte {
	var found [][]byte
	for n := int64(0); n*width < size; n++ {
		w := size - n*width
		if w > width {
			w = width
		}
		data := widest(dir, "entries", n, w)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	if int64(len(found)) != size {
		log.Fatalf("%d entries, %d promised", len(found), size)
	}
	return found
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	must(err, "vkey")
	verifiers := note.VerifierList(verifier)
	newest := open(filepath.Join(dir, "checkpoint"), verifiers)

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	all := entries(dir, newest.size)
	for i, entry := range all {
		hashes, err := tlog.StoredHashes(int64(i), entry, reader)
		must(err, "hashes")
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(newest.size, reader)
	must(err, "root")
	if root != newest.root {
		log.Fatal("the root differs from the checkpoint's")
	}
	fmt.Printf("root %d\n", newest.size)

	tiles := 0
	for level, count := 0, newest.size; count > 0; level, count = level+1, count/width {
		for n := int64(0); n*width < count; n++ {
			w := count - n*width
			if w > width {
				w = width
			}
			want, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: int(w)}, reader)
			must(err, "tile")
			if !bytes.Equal(want, widest(dir, strconv.Itoa(level), n, w)) {
				log.Fatalf("tile %d/%d differs", level, n)
			}
			tiles++
		}
	}
	fmt.Printf("tiles %d\n", tiles)

	for i, entry := range all {
		proof, err := tlog.ProveRecord(newest.size, int64(i), reader)
		must(err, "prove")
		must(tlog.CheckRecord(proof, newest.size, newest.root, int64(i), tlog.RecordHash(entry)), "inclusion")
	}
	fmt.Printf("inclusion %d\n", len(all))

	names, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
	must(err, "checkpoints")
	sort.Strings(names)
	for _, name := range names {
		older := open(name, verifiers)
		proof, err := tlog.ProveTree(newest.size, older.size, reader)
		must(err, "prove")
		must(tlog.CheckTree(proof, newest.size, newest.root, older.size, older.root), "consistency")
	}
	fmt.Printf("consistency %d\n", len(names))
}
