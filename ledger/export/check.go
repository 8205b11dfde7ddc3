package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
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

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func bytes(text string) []byte {
	data, err := hex.DecodeString(text)
	must(err)
	return data
}

func hash(text string) (h tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	must(err)
	copy(h[:], data)
	return h
}

// The entry of a record: its place and its envelope, hidden by a blind.
func entry(blind, stream string, seq uint64, envelope []byte) []byte {
	e := sha256.Sum256(envelope)
	data := append([]byte("disclosure-ledger/v1/commitment\x00"), bytes(blind)...)
	data = binary.BigEndian.AppendUint64(append(data, bytes(stream)...), seq)
	sum := sha256.Sum256(append(data, e[:]...))
	return sum[:]
}

// Entries of a whole log, and whether they give its root. None where the log is not here.
func entries(size int64, root tlog.Hash) [][]byte {
	files, _ := filepath.Glob("log/tile/entries/*")
	inner, _ := filepath.Glob("log/tile/entries/*.p/*")
	sort.Strings(files)
	var all [][]byte
	read := func(name string) {
		data, err := os.ReadFile(name)
		must(err)
		for ; len(data) >= 34; data = data[34:] {
			all = append(all, data[2:34])
		}
	}
	for _, name := range files {
		if !strings.HasSuffix(name, ".p") {
			read(name)
		}
	}
	for _, name := range inner {
		if filepath.Base(name) == strconv.FormatInt(size%256, 10) {
			read(name)
		}
	}
	if len(files) == 0 {
		return nil
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for i, one := range all {
		more, err := tlog.StoredHashes(int64(i), one, reader)
		must(err)
		stored = append(stored, more...)
	}
	got, err := tlog.TreeHash(size, reader)
	must(err)
	if got != root {
		log.Fatal("the entries do not give the root")
	}
	return all
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	must(err)
	data, err := os.ReadFile("checkpoint")
	must(err)
	signed, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root := hash(lines[2])
	whole := entries(size, root)
	names, _ := filepath.Glob("records/*.dsse.json")
	for _, name := range names {
		number := strings.TrimSuffix(filepath.Base(name), ".dsse.json")
		index, err := strconv.ParseInt(number, 10, 64)
		must(err)
		envelope, err := os.ReadFile(name)
		must(err)
		data, err := os.ReadFile("openings/" + number + ".json")
		must(err)
		var opening struct {
			Blind, Stream string
			Seq           uint64
			Path          []string
		}
		must(json.Unmarshal(data, &opening))
		made := entry(opening.Blind, opening.Stream, opening.Seq, envelope)
		if whole != nil {
			if index >= size || string(whole[index]) != string(made) {
				log.Fatal(name, " is not in the log")
			}
			continue
		}
		var path tlog.RecordProof
		for _, one := range opening.Path {
			path = append(path, hash(one))
		}
		must(tlog.CheckRecord(path, size, root, index, tlog.RecordHash(made)))
	}
	fmt.Printf("%d records are in the signed log of %d entries.\n", len(names), size)
}
