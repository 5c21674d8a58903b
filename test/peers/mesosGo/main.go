// Drives the agent API with the unmodified client library of mesos-go, as test/containers/mesosGo.test.ts asks.
//
//	mesosgo URL protobuf|json ROOT
//
// Launches the container ROOT, a session `cat` below it, attaches a second reader and an input to it, sends input in two
// attachments, and prints as one JSON object what it saw. Any error of the library ends it with its text and status 1.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	mesos "github.com/mesos/mesos-go/api/v1/lib"
	"github.com/mesos/mesos-go/api/v1/lib/agent"
	"github.com/mesos/mesos-go/api/v1/lib/agent/calls"
	"github.com/mesos/mesos-go/api/v1/lib/encoding/codecs"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli/httpagent"
)

type seen struct {
	Healthy    bool
	Version    string
	Session    string
	Stderr     string
	Output     string
	Heartbeats int
	ExitStatus int32
	Second     string
	Refused    string
	Killed     int32
}

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

var (
	ctx    = context.Background()
	sender calls.Sender
)

func ask(what string, call *agent.Call) *agent.Response {
	response, err := sender.Send(ctx, calls.NonStreaming(call))
	check(what, err)
	defer response.Close()
	var answer agent.Response
	check(what, response.Decode(&answer))
	return &answer
}

func do(what string, call *agent.Call) {
	check(what, calls.SendNoData(ctx, sender, calls.NonStreaming(call)))
}

type streamed struct {
	stdout, stderr string
	heartbeats     int
}

// Reads a stream of records to its end.
func drain(what string, response mesos.Response) streamed {
	defer response.Close()
	var all streamed
	for {
		var record agent.ProcessIO
		err := response.Decode(&record)
		if err == io.EOF {
			return all
		}
		check(what, err)
		switch record.GetType() {
		case agent.ProcessIO_DATA:
			switch record.GetData().GetType() {
			case agent.ProcessIO_Data_STDOUT:
				all.stdout += string(record.GetData().GetData())
			case agent.ProcessIO_Data_STDERR:
				all.stderr += string(record.GetData().GetData())
			}
		case agent.ProcessIO_CONTROL:
			all.heartbeats++
		}
	}
}

func open(what string, call *agent.Call) mesos.Response {
	response, err := sender.Send(ctx, calls.NonStreaming(call))
	check(what, err)
	return response
}

func input(what string, id mesos.ContainerID, pieces ...[]byte) error {
	records := []*agent.Call{calls.AttachContainerInput(id)}
	for _, piece := range pieces {
		records = append(records, calls.AttachContainerInputData(piece))
	}
	return calls.SendNoData(ctx, sender, calls.Empty().Push(records...))
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: mesosgo URL protobuf|json ROOT")
		os.Exit(2)
	}
	codec := codecs.ByMediaType[codecs.MediaTypeProtobuf]
	if os.Args[2] == "json" {
		codec = codecs.ByMediaType[codecs.MediaTypeJSON]
	}
	sender = httpagent.NewSender(httpcli.New(httpcli.Endpoint(os.Args[1]), httpcli.Codec(codec)).Send)

	var all seen
	all.Healthy = ask("health", calls.GetHealth()).GetGetHealth().GetHealthy()
	version := ask("version", calls.GetVersion()).GetGetVersion().GetVersionInfo()
	all.Version = version.GetVersion()

	root := mesos.ContainerID{Value: os.Args[3]}
	shell := func(text string) *mesos.CommandInfo { return &mesos.CommandInfo{Value: &text} }
	do("launch", calls.LaunchContainer(root, shell("exec sleep 1000"), nil, nil))

	id := mesos.ContainerID{Value: "session", Parent: &root}
	session := open("session", calls.LaunchNestedContainerSession(id, shell("echo ready >&2; cat; exit 10"), nil))
	output := open("attach output", calls.AttachContainerOutput(id))
	done := make(chan streamed, 1)
	go func() { done <- drain("output", output) }()
	both := make(chan streamed, 1)
	go func() { both <- drain("session", session) }()

	check("first input", input("first input", id, []byte("hello from mesos-go\n")))
	if os.Args[2] == "json" {
		// Its JSON codec drops the empty data that means end of input: `cat` is ended from outside.
		err := input("end of input", id, []byte("again\n"), []byte{})
		if err != nil {
			all.Refused = err.Error()
		}
		time.Sleep(200 * time.Millisecond)
		do("kill the session", calls.KillContainer(id))
	} else {
		check("second input", input("second input", id, []byte("again\n"), []byte{}))
	}
	first := <-both
	all.Session, all.Stderr, all.Heartbeats = first.stdout, first.stderr, first.heartbeats
	all.Output = (<-done).stdout
	all.ExitStatus = ask("wait", calls.WaitContainer(id)).GetWaitContainer().GetExitStatus()
	do("remove", calls.RemoveContainer(id))

	waiting := make(chan int32, 1)
	nested := mesos.ContainerID{Value: "nested", Parent: &root}
	do("launch nested", calls.LaunchNestedContainer(nested, shell("exec sleep 1000"), nil))
	go func() {
		waiting <- ask("wait nested", calls.WaitNestedContainer(nested)).GetWaitNestedContainer().GetExitStatus()
	}()
	do("kill nested", calls.KillNestedContainer(nested))
	all.Killed = <-waiting
	_, err := sender.Send(ctx, calls.NonStreaming(calls.AttachContainerOutput(nested)))
	if err != nil {
		all.Second = err.Error()
	}
	do("kill", calls.KillContainer(root))
	check("print", json.NewEncoder(os.Stdout).Encode(all))
}
