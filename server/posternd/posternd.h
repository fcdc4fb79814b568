/* posternd.h - What the files of posternd share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * posternd starts and watches the other programs.  It must parse nothing but
 * its own configuration, and no packet; from the roles it accepts only the
 * few messages in supervise-hear.c.  */

#ifndef POSTERN_POSTERND_H
#define POSTERN_POSTERND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../agent/agent.h"
#include "../muster/muster-spawn.h"
#include "../ipc/packets.h"
#include "../role/spawn.h"

/* In the order in which they start; they stop in the reverse order.  */
enum kind
  {
    KIND_AGENT,                 /* gpg-agent.  */
    KIND_ACT,
    KIND_VOUCH,                 /* Only if a rule requires a credential.  */
    KIND_DECIDE,
    KIND_VERIFY,
    KIND_UNSEAL,
    KIND_CAPTURE,
    KIND_COUNT
  };

/* Sockets between roles; posternd holds both ends as long as it lives.  */
enum channel
  {
    CHANNEL_NONE,
    CHANNEL_CAPTURE_UNSEAL,
    CHANNEL_UNSEAL_VERIFY,
    CHANNEL_VERIFY_DECIDE,
    CHANNEL_DECIDE_ACT,
    CHANNEL_DECIDE_VOUCH,
    CHANNEL_COUNT
  };

enum { CHANNEL_OUT, CHANNEL_IN };       /* The sender's end, and the other. */

struct posternd;

struct child
{
  struct child *next;
  struct posternd *posternd;
  enum kind kind;
  pid_t pid;                    /* 0: does not run.  */
  int fd;                       /* Our end of its ROLE_FD_PARENT, or -1.  */
  bool ready;
  bool held;                    /* Must not be started yet.  */
  bool leaving;                 /* Must not be started again.  */
  bool lingers;                 /* An act that stays until its commands end. */
  uint64_t since;               /* Started at (ticks_us).  */
  uint64_t due;                 /* When to start it, or to kill it.  */
  unsigned int pause;           /* Milliseconds before the next start.  */
  uint64_t said;                /* When its end was last logged.  */
  unsigned int unsaid;          /* Ends since then that were not logged.  */
  uint64_t pinged;              /* When it got a PING; 0: it has answered.  */
  /* verify: the snapshots that it was given, when, and that it has.  */
  uint64_t handed, handed_at, taken;
  struct                        /* unseal; see posternd-connect.c.  */
  {
    bool connected;             /* By FD, which it has too.  */
    int fd;
    bool asked;                 /* Waits for the answer to ID ...  */
    uint64_t id;
    uint64_t due;               /* ... which comes no sooner.  */
  } link;
};

/* The roster's snapshot; see posternd-muster.c.  */
struct muster
{
  char *home;                   /* The roster's keyring.  */
  struct muster_run run;        /* Its pid is 0: it does not run.  */
  int watch_fd;                 /* inotify(7); -1: there is none.  */
  uint64_t seen;                /* How the keyring looked at the last start. */
  uint64_t since;               /* When the current run began (ticks_us).  */
  uint64_t due;                 /* Of the next one; 0: none.  */
  uint64_t next;                /* When a key begins or ends: Unix seconds;
                                   0: never.  */
  uint64_t begun, judged, asked; /* Runs: by number; the last good one; and
                                   the first that is as new as was asked
                                   for.  */
  bool told;                    /* This run has said that it is complete.  */
  uint32_t keys, left_out;
  unsigned int failures;        /* In a row.  */
  uint64_t pause;               /* After a failure, microseconds.  */
  int snapshot_fd;              /* The current snapshot; -1.  */
  uint64_t generation;          /* Its number; 0: there is none.  */
  uint64_t said;                /* The last one that the log tells of.  */
};

struct posternd
{
  const char *dir;              /* --config */
  char *real_dir;               /* The same, to be freed.  */
  const char *libexec;
  char *state;                  /* --state: the folder to use without a readable
                                   configuration.  */
  bool on_trial;                /* Started with --trial.  */
  int verbose;
  config_t config;
  char hash[2 * CONFIG_HASHLEN + 1];
  int pid_fd;
  int state_fd;                 /* Holds the lock on the state.  */
  int control_fd;
  char *control_path;
  int agent_fd[AGENT_SOCKETS];
  char *agent_home, *agent_path; /* Its folder and its restricted socket.  */
  dev_t agent_dev;              /* Of the socket that we created for it.  */
  ino_t agent_ino;
  int probe_fd;                 /* Waits for the agent's greeting; -1: none.  */
  bool probe_greeted;           /* The greeting has begun.  */
  uint64_t probe_since;         /* 0: no probe is outstanding.  */
  uint64_t probe_due;           /* The next one.  */
  uint64_t greeted;             /* When a probe last succeeded.  */
  const char *agent_trouble;    /* NULL: it greets.  */
  int agent_log[2];             /* The pipe that is its stderr.  */
  char agent_line[256];         /* A line that is not complete yet.  */
  size_t agent_len;
  uint64_t agent_lines_since;   /* Lines are counted since then ...  */
  unsigned int agent_lines;     /* ... and were so many.  */
  struct muster muster;
  int channel[CHANNEL_COUNT][2];
  struct child *children;
  bool announced;               /* Readiness was reported.  */
  uint64_t trial_end;           /* 0: no trial, or kept.  */
  bool keep_asked;              /* decide waits for the KEPT to KEEP_ID.  */
  uint64_t keep_id;
  bool reloading;
  enum kind reload_kind;        /* What is being replaced.  */
  struct packet_leave leave;    /* For an act that is replaced.  */
  bool many_gone;               /* More people than LEAVE can hold.  */
  uint64_t reload_due;
  int failed;                   /* Exit code because of a role, or 0.  */
  uint64_t down_since[KIND_COUNT]; /* No child is ready; 0: one is.  */
  struct packet_health health;  /* What keeps requests from getting
                                   through; empty: nothing.  */
  bool blocked;                 /* All requests, not only some.  */
  uint64_t ping_due;
  uint64_t watchdog_every;      /* Microseconds; 0: there is no watchdog.  */
  uint64_t watchdog_due;
};

/* posternd-check.c */

struct check_how
{
  bool dump;                    /* The kernel's table as well.  */
  bool json;
  const char *against;          /* A configuration folder; NULL: none.  */
};

/* Print what the configuration does and what looks unwise.  Returns the exit
   code of posternd.  */
int check_configuration (struct posternd *posternd,
                         const struct check_how *how);

/* In words, how NEW differs from OLD: *R_N lines in *R_TEXT, which is to be
   freed, also after an error.  */
gpg_error_t check_differences (config_t old, config_t new, char **r_text,
                               size_t *r_n);

/* Log what is wrong apart from the configuration.  Returns an exit code, too.
   A role that was taken over could cause some of it, and so it must never be
   a reason to open the ports.  */
int check_surroundings (struct posternd *posternd);

/* posternd-runtime.c */

/* Create everything below RUNTIME, the locks, the control socket and the
   channels.  A failure is logged.  */
gpg_error_t runtime_open (struct posternd *posternd);
void runtime_close (struct posternd *posternd);
/* If a rule of CONFIG requires a credential, check that vouch has what it
   needs.  *R_MESSAGE says what is missing, and is to be freed.  */
gpg_error_t runtime_check_vouch (config_t config, char **r_message);
/* Check that CONFIG's runtime folder does not survive a reboot: otherwise
   GPG_ERR_ENOTSUP.  *R_MESSAGE as above.  */
gpg_error_t runtime_check_volatile (config_t config, char **r_message);
/* Whether the agent's home has the key that the configuration on the disk
   names; false is logged.  True if it cannot be found out.  */
bool runtime_has_key (struct posternd *posternd);
/* Listen on the socket PATH, with the umask MASK.  With TAKE_OVER another
   program that listens there loses the name; else GPG_ERR_EADDRINUSE.  */
gpg_error_t runtime_listen (const char *path, mode_t mask, bool take_over,
                            int *r_fd);
/* Tell the service manager, if there is one.  */
void runtime_notify (const char *state);

/* posternd-doors.c: what a start that fails leaves behind.  In a trial none of
   them does anything.  */

/* If no table shuts the ports, load the last good one.  */
void doors_shut (struct posternd *posternd);
/* There is no configuration: do what on-fail said when a table was last
   loaded.  */
void doors_unreadable (struct posternd *posternd);
/* After an orderly stop: open the ports if on-stop says so, for act may have
   been stopped before it could.  */
void doors_stopped (struct posternd *posternd);
/* act has loaded the table of the current configuration: keep it.  */
void doors_loaded (struct posternd *posternd);

/* posternd-agent.c */
gpg_error_t agent_open (struct posternd *posternd);
void agent_close (struct posternd *posternd);
gpg_error_t agent_start (struct posternd *posternd, pid_t *r_pid);

/* A connection to the agent's restricted socket, for unseal.  */
gpg_error_t agent_connect (struct posternd *posternd, int *r_fd);

/* posternd-connect.c: CHILD, an unseal, asks with the message ID for a
   connection.  GPG_ERR_UNEXPECTED_MSG if it waits for one already.  */
gpg_error_t agent_ask (struct child *child, uint64_t id);
/* Give those that wait what is due.  */
void agent_answer (struct posternd *posternd);
/* End the connection that CHILD has.  */
void agent_hang_up (struct child *child);

/* Connect to the agent now and then, as for unseal, and see whether it sends
   its greeting.  An agent that does not is killed, and started again; a socket
   that was removed or replaced is created again.  */
void agent_step (struct posternd *posternd);
/* The probe can be read: the greeting, or its end.  */
void agent_hear (struct posternd *posternd);
/* When agent_step has something to do (ticks_us).  */
uint64_t agent_due (const struct posternd *posternd);

/* gpg-agent must not have our log as its stderr: it would wait for the reader
   of that.  It gets a pipe, which does not block; agent_log_hear copies from
   it to the log.  */
gpg_error_t agent_log_open (struct posternd *posternd);
void agent_log_hear (struct posternd *posternd);

/* posternd-muster.c */

gpg_error_t muster_open (struct posternd *posternd);
void muster_close (struct posternd *posternd);
/* Judge the keys again now.  */
void muster_ask (struct posternd *posternd);
void muster_step (struct posternd *posternd);
/* When muster_step has something to do (ticks_us).  */
uint64_t muster_due (const struct posternd *posternd);
/* Its channel, or the watch on the keyring, can be read.  */
void muster_hear (struct posternd *posternd);
void muster_hear_watch (struct posternd *posternd);
/* PID, which may be muster, has ended with STATUS (waitpid(2)).  */
void muster_ended (struct posternd *posternd, pid_t pid, int status);
/* Give the current snapshot to CHILD, if that is a verify that lacks it.  */
gpg_error_t muster_hand_over (struct posternd *posternd,
                              struct child *child);
/* A verify has taken a snapshot.  */
void muster_taken (struct posternd *posternd);
/* True if every verify has what was judged since the last muster_ask, and the
   last change of the keyring.  */
bool muster_settled (struct posternd *posternd);
/* What is wrong, a constant; NULL: nothing.  */
const char *muster_trouble (struct posternd *posternd);

/* posternd-health.c */

/* Check whether requests get through.  decide learns of it, for 'posternctl
   status', and the service manager's watchdog (sd_watchdog_enabled(3)) is fed
   only while they do.  A role that does not answer is killed.  */
void health_init (struct posternd *posternd);
void health_step (struct posternd *posternd);
uint64_t health_due (const struct posternd *posternd);
/* Send the current state to DECIDE, which has just started.  */
gpg_error_t health_tell (struct posternd *posternd, struct child *decide);

/* supervise.c */
gpg_error_t supervise_add (struct posternd *posternd, enum kind kind,
                           bool held);
gpg_error_t supervise_add_all (struct posternd *posternd, bool held);
const char *supervise_name (enum kind kind);
/* In words, how a child ended with STATUS (waitpid(2)).  */
void supervise_describe_end (int status, char *text, size_t size);
/* The bit of a message's sender.  */
unsigned int supervise_from (enum kind kind);

/* Milliseconds until something is due, at most 60000.  */
int supervise_timeout (struct posternd *posternd);
/* In supervise-hear.c: wait that long for messages, deaths and signals, and
   handle those that come first.  */
void supervise_wait (struct posternd *posternd, int timeout);
/* Start and kill what is due.  */
void supervise_step (struct posternd *posternd);
/* Tell CHILD to finish; kill it if it does not within a few seconds.  */
void supervise_stop (struct child *child);
/* CHILD, an act, may stay until its commands have ended.  */
void supervise_leave (struct child *child);
/* Tell those acts who has lost access.  */
void supervise_tell_gone (struct posternd *posternd);
/* Stop all, the first of the pipeline first.  */
void supervise_stop_all (struct posternd *posternd);
bool supervise_all_ready (struct posternd *posternd);
/* One of KIND that is ready, and is not being replaced; NULL: none is.  */
struct child *supervise_find (struct posternd *posternd, enum kind kind);
/* Kill CHILD, which does not do its work; it is started again at once.  */
void supervise_replace (struct child *child);

/* posternd-reload.c */

/* Load the configuration again; if it is good, replacing the roles begins.  On
   failure *R_MESSAGE (to be freed) says why, and nothing changes.  */
gpg_error_t reload_begin (struct posternd *posternd, char **r_message);
void reload_step (struct posternd *posternd);

#endif /*POSTERN_POSTERND_H*/
