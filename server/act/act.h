/* act.h - What the files of act share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ACT_H
#define POSTERN_ACT_H

#include "firewall.h"
#include "grants.h"
#include "nftwatch.h"
#include "owed.h"
#include "../ipc/packets.h"
#include "../role/role.h"
#include "../run/run.h"
#include "sessions.h"

#define ACT_RUNS 64             /* Commands at once, ...  */
#define ACT_RUNS_PERSON 16      /* ... and of one person.  */

/* A command that runs, or whose end is being reported.  */
struct act_run
{
  const struct config_command *command; /* NULL: a free place.  */
  char user[NETSPEC_NAMELEN + 1];       /* The requester.  */
  uint64_t id;                  /* Of the RUN message.  */
  unsigned char request[REQUEST_HASHLEN];
  run_t run;
  int slot;                     /* Locked, until it has ended; then -1.  */
  enum packet_ended_by stopped; /* Why we ended it; 0: we did not.  */
  size_t told;                  /* Bytes of its output sent to decide.  */
};

struct act_runs
{
  struct act_run run[ACT_RUNS];
  unsigned int n;
  int folder;                   /* Of the slots; we hold a shared lock.  */
  bool alone;                   /* No other act ran when this one began.  */
  struct run_set set;           /* With what hooks and rules start.  */
  struct act_run *telling;      /* Whose output is being sent.  */
};

#define ACT_NOTICES 64          /* Queued for one hook.  */

/* What a hook is told about one event.  */
struct act_notice
{
  uint64_t number;              /* In order of arrival.  */
  struct packet_hook what;
};

struct act_event
{
  const struct config_hook *hook;       /* NULL: the event has none.  */
  struct act_notice notice[ACT_NOTICES]; /* A ring.  */
  unsigned int first, n;
  unsigned int missed;          /* Dropped since the last start.  */
  uint64_t last;                /* Last start (ticks_us); 0: none.  */
  run_t run;                    /* NULL: none.  */
};

struct act_hooks
{
  struct act_event event[CONFIG_N_EVENTS];
  uint64_t number;
};

#define ACT_BACKEND_RUNS 16     /* Commands of rules at once.  */

/* Descriptors of all that act may have started.  */
#define ACT_FDS ((ACT_RUNS + CONFIG_N_EVENTS + ACT_BACKEND_RUNS) * RUN_FDS)

struct act_backends
{
  owed_store_t store;           /* NULL: no rule needs one.  */
  struct act_backend *row;
  size_t n;
};

struct act
{
  struct role role;
  firewall_t firewall;
  bool found_empty;             /* There was no table at the start.  */
  nftwatch_t watch;
  grants_t book;
  uint64_t rebuild_logged_at;   /* By ticks_boot_ms.  */
  uint64_t look_due;            /* Next look at `once' (ticks_boot_ms).  */
  uint64_t last_looked_at;      /* Number of the last grant examined.  */
  uint64_t asleep;              /* At the last rebuild (ticks_asleep_ms).  */
  int alarm;                    /* A timer that also counts the time that the
                                   machine sleeps.  */
  uint64_t alarm_at;            /* What it is set to (ticks_boot_ms).  */
  gpg_error_t trouble;          /* Why this process has to end.  */
  bool leaving;                 /* Another act replaces this one.  */
  struct act_runs runs;
  struct act_hooks hooks;
  struct act_backends backends;
};

/* In act-grants.c: the book and the firewall together.  */

/* Open what GRANT says, which the caller has checked: all of it or nothing.
   R_GRANTED is set only on success.  */
enum refusal act_open (struct act *act, const struct packet_grant *grant,
                       struct packet_granted *r_granted);
/* End the grants that fit WHAT; *R_N is how many.  */
enum refusal act_close (struct act *act, const struct packet_close *what,
                        uint32_t *r_n);

/* Whether the person NAME with the key FPR is in CONFIG, has not expired, and
   may use TERMS now.  */
bool act_has_user (config_t config, const struct config_rule *terms,
                   const char *name, const char *fpr);

/* The rule of WHAT, if CONFIG has its person and its rule, and the rule
   allows that person to open it at WHEN (Unix seconds); else NULL.  */
const struct config_rule *act_rule (config_t config,
                                    const struct packet_grant *what,
                                    time_t when);

/* At the start: remove the grants from the book that the configuration no
   longer allows (hours are judged as of when the grant was made), and
   shorten those for which the rule now allows less time.  Only the book
   changes: act_rebuild makes the table.  Returns how many ended.  */
unsigned int act_reconcile (struct act *act);

/* Remove the grants whose time is over.  */
void act_expire (struct act *act);

/* The element of KEY, with no time, into HOOK, a struct firewall_element.  */
void act_element (void *hook, const struct grants_key *key);

/* Bring the kernel up to date after GRANT was removed from the book, or has
   other elements there: the elements of GRANT end, unless other grants still
   need them.  */
void act_withdraw (struct act *act, const struct grant *grant);

/* Remove GRANT from the book and the kernel, and tell the hook WHY.  */
void act_end_grant (struct act *act, const struct grant *grant,
                    const char *why);

/* Make the kernel's table again from the book.  */
gpg_error_t act_rebuild (struct act *act);

/* Do so if another program has changed it; true if one has.  */
bool act_watch (struct act *act);

/* In act-once.c: grants that end with their first connection.  */

/* Find out which were used: of a bounded number of elements, to keep the
   loop responsive; the next call continues with the next ones.  */
void act_look_once (struct act *act);

/* The same for those that share elements with WHAT, which is about to be
   granted.  */
void act_look_behind (struct act *act, const struct packet_grant *what);

/* Before the table is made: remove those that were used since the book was
   written.  */
gpg_error_t act_forget_used (struct act *act);

/* After grants ended: end the connections that they admitted and whose
   handshake is not over.  */
void act_sweep_admitted (struct act *act);

/* Tell decide why what it asked for with ID was not done.  */
gpg_error_t act_deny (uint64_t id, enum refusal refusal);

/* In act-run.c: the commands.  */

/* The cgroup of all programs that the acts of one posternd start, to be
   freed; NULL if none can be made.  It is created if needed.  With ALONE (no
   other act lives) what is left in it is killed.  */
char *act_runs_cgroup (config_t config, bool alone);

gpg_error_t act_runs_new (struct act *act);

/* Whether a command has ended and decide has not been told all of it.  */
bool act_runs_tells (struct act *act);

/* One round, after run_turn; WRITABLE: decide takes more.  */
gpg_error_t act_runs_turn (struct act *act, bool writable);

/* Handler: decide sends RUN.  */
gpg_error_t act_on_run (void *act, const struct message *msg);

/* Serve all that runs for at most so many milliseconds, as long as ANY says
   that it is worth waiting.  */
void act_wait_for (struct act *act, bool (*any) (struct act *act),
                   unsigned int ms);

/* End what runs for USER, who has lost access.  */
void act_runs_revoke (struct act *act, const char *user);

/* End all commands, and report as much of it as decide accepts.  */
void act_runs_stop (struct act *act);

/* In act-slot.c: how often a command may run, counted over all acts.  */

gpg_error_t act_slots_open (struct act *act);

/* Whether no other act of this posternd lives.  */
bool act_slots_alone (struct act *act);

/* Take a slot of COMMAND: *R_SLOT is a descriptor to be closed when the
   program has ended.  REFUSAL_COMMAND_BUSY if all are taken.  */
enum refusal act_slot_take (struct act *act,
                            const struct config_command *command,
                            int *r_slot);

/* Its program has started: the cooldown begins.  */
void act_slot_started (int slot);

/* Whether the cooldown of COMMAND is not over.  */
bool act_slots_rest (struct act *act, const struct config_command *command);

/* In act-leave.c.  Handler: posternd sends LEAVE.  */
gpg_error_t act_on_leave (void *act, const struct message *msg);

/* Stay until no command runs any more.  */
gpg_error_t act_leave (struct act *act);

/* In act-hook.c: the hooks.  */

void act_hooks_open (struct act *act);

/* Queue EVENT of the grant WHAT for its hook; WHY is a fixed text, or NULL. */
void act_tell (struct act *act, enum config_event event,
               const struct packet_grant *what, const char *why);

/* Handler: decide sends HOOK.  */
gpg_error_t act_on_hook (void *act, const struct message *msg);

/* Milliseconds until one is to be started; -1: none waits.  */
int act_hooks_wait (struct act *act);
void act_hooks_turn (struct act *act);

/* Give those that run a moment to end; what is queued is lost.  */
void act_hooks_stop (struct act *act);

/* Log how RUN ended, and (debug) the first line of its output.  WHAT and
   NAME say what it is.  True if it exited with code 0.  */
bool act_log_end (const char *what, const char *name, run_t run);

/* In act-backend.c: grants that commands open elsewhere.  */

/* At the start: open the store; later, add the grants that live on.  */
gpg_error_t act_backends_open (struct act *act);
void act_backends_begin (struct act *act);

/* The grant WHAT is about to be made, or has ended.  Nothing is started yet,
   but once act_backend_begin has returned, what is needed to close it is on
   the disk.  GPG_ERR_LIMIT_REACHED: too many rows.  */
gpg_error_t act_backend_begin (struct act *act,
                               const struct packet_grant *what);
void act_backend_end (struct act *act, const struct packet_grant *what);

/* How many close-commands are owed; *R_SINCE is since when the oldest of
   them is (Unix seconds), 0 if there are none.  */
uint32_t act_backends_owed (struct act *act, uint64_t *r_since);

/* Start what is due; the others are as those of the hooks.  */
void act_backends_start (struct act *act);
int act_backends_wait (struct act *act);
void act_backends_turn (struct act *act);

/* End what runs; the next act starts it again.  */
void act_backends_stop (struct act *act);

/* In act-program.c: PROGRAM with ARGV as text, to be freed (NULL: no
   memory), and back.  PROGRAM is to be released with config_program_release
   unless there was an error: GPG_ERR_BAD_DATA, GPG_ERR_ENOMEM.  */
char *act_program_write (const struct config_program *program,
                         const struct strlist *argv);
gpg_error_t act_program_read (const char *text,
                              struct config_program *program);

/* In act-trust.c: warn, on stdout, of trusted interfaces that have a default
   route.  */
void act_check_trust (config_t config);

/* In act-check.c: what posternd --check says about the host's firewall, on
   stdout.  With DUMP print our table first.  Returns an exit code.  */
int act_check (config_t config, bool dump);

#endif /*POSTERN_ACT_H*/
