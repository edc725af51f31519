// Go's loggers, each in a process of its own, with the libraries of Debian:
// GO111MODULE=off GOPATH=/usr/share/gocode go run shapes.go NAME > NAME.log
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"sync"

	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog"
)

var failure = errors.New("no such host")

func zapped(log *zap.Logger) {
	log = log.Named("sync")
	log.Debug("checking the queue")
	log.Info("service is up on port 8080", zap.Int("port", 8080))
	log.Info("connection ERROR is only a word here")
	log.Warn("queue is long: 95 of 100")
	log.Error("cannot reach the vault", zap.Error(failure))
	log.DPanic("giving up")
}

func others(name string) bool {
	switch name {
	case "logrus", "logrus-json", "logrus-terminal":
		logrus.SetOutput(os.Stdout)
		logrus.SetLevel(logrus.TraceLevel)
		if name == "logrus-json" {
			logrus.SetFormatter(&logrus.JSONFormatter{})
		}
		if name == "logrus-terminal" {
			logrus.SetFormatter(&logrus.TextFormatter{ForceColors: true, FullTimestamp: true})
		}
		log := logrus.WithField("component", "sync")
		log.Trace("stepping")
		log.Debug("checking the queue")
		log.WithField("port", 8080).Info("service is up")
		log.Info("connection ERROR is only a word here")
		log.Warn("queue is long: 95 of 100")
		log.WithError(failure).Error("cannot reach the \"vault\"")
	case "zap-json":
		config := zap.NewProductionConfig()
		config.OutputPaths = []string{"stdout"}
		config.Level.SetLevel(zap.DebugLevel)
		config.DisableStacktrace = true
		logger, _ := config.Build()
		zapped(logger)
	case "zap-console":
		config := zap.NewDevelopmentConfig()
		config.OutputPaths = []string{"stdout"}
		config.DisableStacktrace = true
		config.Development = false
		config.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
		logger, _ := config.Build()
		zapped(logger)
	case "zerolog", "zerolog-console":
		log := zerolog.New(os.Stdout).With().Timestamp().Logger()
		if name == "zerolog-console" {
			log = log.Output(zerolog.ConsoleWriter{Out: os.Stdout, NoColor: true})
		}
		log.Trace().Msg("stepping")
		log.Debug().Msg("checking the queue")
		log.Info().Int("port", 8080).Msg("service is up")
		log.Info().Msg("connection ERROR is only a word here")
		log.Warn().Msg("queue is long: 95 of 100")
		log.Error().Err(failure).Msg("cannot reach the vault")
	case "klog":
		klog.LogToStderr(false)
		klog.SetOutput(os.Stdout)
		klog.Info("service is up on port 8080")
		klog.Info("connection ERROR is only a word here")
		klog.Warning("queue is long: 95 of 100")
		klog.Errorf("cannot reach the vault: %v", failure)
		klog.InfoS("synced", "notes", 12, "took", "1.5s")
		klog.ErrorS(failure, "cannot reach the vault", "host", "vault.example.org")
		klog.Flush()
	default:
		return false
	}
	return true
}

func main() {
	log.SetOutput(os.Stdout)
	if others(os.Args[1]) {
		return
	}
	switch os.Args[1] {
	case "go-log-place":
		log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.Lshortfile)
	case "go-panic":
		// What the runtime writes goes where the log goes.
		log.Print("service is up on port 8080")
		var lock sync.Mutex
		lock.Lock()
		ready := make(chan bool)
		go func() { ready <- true; lock.Lock() }()
		<-ready
		var notes map[string]int
		fmt.Sprint(notes)
		notes["a"] = 1
	}
	log.Print("service is up on port 8080")
	log.Print("connection ERROR is only a word here")
	log.Print("http: TLS handshake error from 127.0.0.1:50123: EOF")
	log.Print("ERROR cannot reach the vault: no such host")
	log.Print("[WARN] queue is long: 95 of 100")
	log.Print("bye")
}
