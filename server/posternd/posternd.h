/* posternd.h - What the files of posternd share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * posternd starts and watches the rest.  It parses nothing but its own
 * configuration and touches no packet; of what the roles say to it, only
 * the few messages of supervise-hear.c exist.  */

#ifndef POSTERN_POSTERND_H
#define POSTERN_POSTERND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../role/confine.h"
#include "../ipc/packets.h"
#include "../role/spawn.h"

/* In the order of starting; the reverse is that of stopping.  */
enum kind
  {
    KIND_AGENT,                 /* gpg-agent of the unseal home.  */
    KIND_ACT,
    KIND_VOUCH,                 /* Only where a rule asks for it.  */
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
  bool held;                    /* Not to be started yet.  */
  bool leaving;                 /* Not to be started again.  */
  bool lingers;                 /* An act that ends when what it runs has. */
  uint64_t since;               /* Started at (ticks_us).  */
  uint64_t due;                 /* Start it, or kill it, at.  */
  unsigned int pause;           /* Milliseconds before the next start.  */
  uint64_t said;                /* When a line last told of its end.  */
  unsigned int unsaid;          /* Ends since then.  */
  uint64_t pinged;              /* When; 0: it has answered.  */
};

struct posternd
{
  const char *dir;              /* --config */
  char *real_dir;               /* The same, to be freed.  */
  const char *libexec;
  char *state;                  /* --state: the folder that counts where the
                                   configuration cannot be read.  */
  bool on_trial;                /* Started with --trial.  */
  int verbose;
  config_t config;
  char hash[2 * CONFIG_HASHLEN + 1];
  int pid_fd;
  int state_fd;                 /* Holds the lock on the state.  */
  int control_fd;
  char *control_path;
  int agent_fd;
  struct confine_id agent_id;
  char *agent_home, *agent_path; /* Its folder and its socket.  */
  dev_t agent_dev;              /* Of the socket that we made for it.  */
  ino_t agent_ino;
  int probe_fd;                 /* Waits for the agent's greeting, or -1.  */
  uint64_t probe_since;         /* 0: no probe is on its way.  */
  uint64_t probe_due;           /* The next one.  */
  uint64_t greeted;             /* When a probe last succeeded.  */
  const char *agent_trouble;    /* NULL: it greets.  */
  int agent_log[2];             /* The pipe that is its stderr.  */
  char agent_line[256];         /* What of a line is there.  */
  size_t agent_len;
  int channel[CHANNEL_COUNT][2];
  struct child *children;
  bool announced;               /* Readiness was told.  */
  uint64_t trial_end;           /* 0: no trial, or kept.  */
  bool keep_asked;              /* decide waits for KEPT of KEEP_ID.  */
  uint64_t keep_id;
  bool reloading;
  enum kind reload_kind;        /* What is being replaced.  */
  struct packet_leave leave;    /* What an act is told that is replaced.  */
  bool many_gone;               /* More people than LEAVE can tell.  */
  uint64_t reload_due;
  int failed;                   /* Exit code that a role forces, or 0.  */
  uint64_t down_since[KIND_COUNT]; /* None of the kind is ready; 0: one is. */
  struct packet_health health;  /* What keeps requests from getting
                                   through; empty: nothing.  */
  bool blocked;                 /* All requests.  */
  uint64_t ping_due;
  uint64_t watchdog_every;      /* Microseconds; 0: nobody asks.  */
  uint64_t watchdog_due;
};

/* posternd-check.c */

struct check_how
{
  bool dump;                    /* The kernel's table as well.  */
  bool json;
  const char *against;          /* A configuration folder; NULL: none.  */
};

/* Say what the configuration does and what looks unwise.  Returns the exit
   code of posternd.  */
int check_configuration (struct posternd *posternd,
                         const struct check_how *how);

/* In words, how NEW differs from OLD: *R_N lines in *R_TEXT, which is to be
   freed, also after an error.  */
gpg_error_t check_differences (config_t old, config_t new, char **r_text,
                               size_t *r_n);

/* What is wrong beside the configuration.  A role that was taken over could
   bring some of it about: so it never opens the doors.  Likewise.  */
int check_surroundings (struct posternd *posternd);

/* posternd-runtime.c */

/* Everything below RUNTIME, the lock, the control socket and the channels.
    The reason of a failure is logged.  */
gpg_error_t runtime_open (struct posternd *posternd);
void runtime_close (struct posternd *posternd);
/* Where a rule requires a credential: whether vouch has what it needs for
   CONFIG.  *R_MESSAGE is to be freed.  */
gpg_error_t runtime_check_vouch (config_t config, char **r_message);
/* Whether CONFIG's runtime folder goes with a reboot.  Likewise.  */
gpg_error_t runtime_check_volatile (config_t config, char **r_message);
/* Whether the home of unseal has the key that the configuration on the
   medium names; false is logged.  Where GnuPG does not tell in time it is
   taken for granted.  */
bool runtime_has_key (struct posternd *posternd);
/* With TAKE_OVER whoever listens there already loses the name.  */
gpg_error_t runtime_listen (const char *path, mode_t mask, bool take_over,
                            int *r_fd);
void runtime_notify (const char *state);

/* posternd-doors.c: what a start that fails leaves behind; nothing of this
   in a trial.  */

/* If no table shuts the doors, load the last good one.  */
void doors_shut (struct posternd *posternd);
/* There is no configuration: do what on-fail was when a table was last
   loaded.  */
void doors_unreadable (struct posternd *posternd);
/* posternd has stopped as it was told: open the doors where on-stop says
   so and act, which may have been stopped before it began, has not.  */
void doors_stopped (struct posternd *posternd);
/* act has loaded the table of the configuration in force.  */
void doors_loaded (struct posternd *posternd);

/* posternd-agent.c */
gpg_error_t agent_open (struct posternd *posternd);
gpg_error_t agent_start (struct posternd *posternd, pid_t *r_pid);

/* Look now and then whether the agent greets who connects to its socket, as
   gpg does.  An agent that does not is killed, and so started again; a
   socket that somebody has removed or replaced is made again.  */
void agent_step (struct posternd *posternd);
/* The greeting, or the end, of a probe is there.  */
void agent_hear (struct posternd *posternd);
/* When agent_step has something to do, by ticks_us.  */
uint64_t agent_due (const struct posternd *posternd);

/* gpg-agent would wait for the reader of our log, if that were its stderr.
   It has a pipe of its own, which does not block: agent_log_hear writes to
   the log what is in it.  */
gpg_error_t agent_log_open (struct posternd *posternd);
void agent_log_hear (struct posternd *posternd);

/* posternd-health.c */

/* Whether requests get through: decide is told, for 'posternctl status',
   and the service manager's watchdog (sd_watchdog_enabled(3)) is fed only
   while they do.  A role that does not answer at all is killed.  */
void health_init (struct posternd *posternd);
void health_step (struct posternd *posternd);
uint64_t health_due (const struct posternd *posternd);
/* decide has begun, and knows nothing yet.  */
gpg_error_t health_tell (struct posternd *posternd, struct child *decide);

/* supervise.c */
gpg_error_t supervise_add (struct posternd *posternd, enum kind kind,
                           bool held);
gpg_error_t supervise_add_all (struct posternd *posternd, bool held);
const char *supervise_name (enum kind kind);
/* The bit of a message's sender.  */
unsigned int supervise_from (enum kind kind);

/* Milliseconds until something is due, at most 60000.  */
int supervise_timeout (struct posternd *posternd);
/* In supervise-hear.c: wait that long for messages, deaths and signals, and
   handle the first.  */
void supervise_wait (struct posternd *posternd, int timeout);
/* Start and kill what is due.  */
void supervise_step (struct posternd *posternd);
/* Tell CHILD to finish; kill it if it does not within a few seconds.  */
void supervise_stop (struct child *child);
/* CHILD, an act, may stay until what it runs has ended.  */
void supervise_leave (struct child *child);
/* Tell those that stay so who may not any more.  */
void supervise_tell_gone (struct posternd *posternd);
/* Stop all, the first of the pipeline first.  */
void supervise_stop_all (struct posternd *posternd);
bool supervise_all_ready (struct posternd *posternd);
/* One of KIND that is ready, and not about to go; NULL: none is.  */
struct child *supervise_find (struct posternd *posternd, enum kind kind);
/* End CHILD, which does not do its work; it is started again at once.  */
void supervise_replace (struct child *child);

/* posternd-reload.c */

/* Load the configuration anew; if it is good, replacing begins.  On
   failure *R_MESSAGE (to be freed) says why, and all stays as it is.  */
gpg_error_t reload_begin (struct posternd *posternd, char **r_message);
void reload_step (struct posternd *posternd);

#endif /*POSTERN_POSTERND_H*/
