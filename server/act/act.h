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

/* A command that runs, or whose end is being told.  */
struct act_run
{
  const struct config_command *command; /* NULL: a free place.  */
  char user[NETSPEC_NAMELEN + 1];       /* Who asked for it.  */
  uint64_t id;                  /* Of the RUN.  */
  unsigned char request[REQUEST_HASHLEN];
  run_t run;
  int slot;                     /* Locked, until it has ended; then -1.  */
  enum packet_ended_by stopped; /* We were told to end it; 0: not.  */
  size_t told;                  /* Bytes of its output.  */
};

struct act_runs
{
  struct act_run run[ACT_RUNS];
  unsigned int n;
  int folder;                   /* Of the slots, with a lock shared.  */
  bool alone;                   /* No other act lived when this began.  */
  struct run_set set;           /* With what hooks and rules start.  */
  struct act_run *telling;      /* Whose output is on its way.  */
};

#define ACT_NOTICES 64          /* That wait for a hook.  */

/* What a hook is to tell of one event.  */
struct act_notice
{
  uint64_t number;              /* In the order in which they came.  */
  struct packet_hook what;
};

struct act_event
{
  const struct config_hook *hook;       /* NULL: nobody is told.  */
  struct act_notice notice[ACT_NOTICES]; /* A ring.  */
  unsigned int first, n;
  unsigned int missed;          /* Since the last start.  */
  uint64_t last;                /* Start (ticks_us); 0: none.  */
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
  owed_store_t store;           /* NULL: there is none.  */
  struct act_backend *row;
  size_t n;
};

struct act
{
  struct role role;
  firewall_t firewall;
  bool found_empty;             /* No table was there at the start.  */
  nftwatch_t watch;
  grants_t book;
  uint64_t rebuild_logged_at;   /* By ticks_boot_ms.  */
  uint64_t look_due;            /* At `once' again (ticks_boot_ms).  */
  uint64_t last_looked_at;      /* Number of the last grant of that look. */
  uint64_t asleep;              /* When the table was made (ticks_asleep_ms). */
  int alarm;                    /* A timer that runs while the machine
                                   sleeps.  */
  uint64_t alarm_at;            /* What it is set to (ticks_boot_ms).  */
  gpg_error_t trouble;          /* It cannot go on.  */
  bool leaving;                 /* Another act comes behind this one.  */
  struct act_runs runs;
  struct act_hooks hooks;
  struct act_backends backends;
};

/* In act-grants.c: the book and the firewall together.  */

/* Open what GRANT says, which was checked; all or nothing.  */
enum refusal act_open (struct act *act, const struct packet_grant *grant,
                       struct packet_granted *r_granted);
enum refusal act_close (struct act *act, const struct packet_close *what,
                        uint32_t *r_n);

/* Whether the person NAME with the key FPR is in CONFIG, has not expired, and
   may use TERMS now.  */
bool act_has_user (config_t config, const struct config_rule *terms,
                   const char *name, const char *fpr);

/* The rule of WHAT, if CONFIG has its person and rule, and the rule lets
   that person open it at WHEN; NULL else.  */
const struct config_rule *act_rule (config_t config,
                                    const struct packet_grant *what,
                                    time_t when);

/* At the start: strike the grants out of the book that the configuration
   no longer allows (the hours count as they were then), and cut those that
   a rule now cuts shorter.  The table is made by act_rebuild.  Returns how
   many ended.  */
unsigned int act_reconcile (struct act *act);

/* Forget what has ended.  */
void act_expire (struct act *act);

/* The element of KEY, with no time, into HOOK, a struct firewall_element.  */
void act_element (void *hook, const struct grants_key *key);

/* What the kernel needs after GRANT is gone from the book, or has other
   elements there: those here end, or live on for others'.  */
void act_withdraw (struct act *act, const struct grant *grant);

/* Strike GRANT out, in the kernel too, and tell WHY.  */
void act_end_grant (struct act *act, const struct grant *grant,
                    const char *why);

/* Make the table anew as the book says.  */
gpg_error_t act_rebuild (struct act *act);

/* Do so where somebody else changed it; true where somebody did.  */
bool act_watch (struct act *act);

/* In act-once.c: grants that end with their first connection.  */

/* Find out which were used: of so many elements that it takes a moment
   only, and the next time of the next ones.  */
void act_look_once (struct act *act);

/* The same for those behind the elements of WHAT, which is to be granted. */
void act_look_behind (struct act *act, const struct packet_grant *what);

/* Before the table is made: strike those out that were used since the book
   was written.  */
gpg_error_t act_forget_used (struct act *act);

/* After grants ended: so do connections that they admitted and that are
   not made yet.  */
void act_sweep_admitted (struct act *act);

/* Tell decide why what it asked for with ID was not done.  */
gpg_error_t act_deny (uint64_t id, enum refusal refusal);

/* In act-run.c: the commands.  */

/* The cgroup of all, made if need be and, where it is ALONE, emptied, to be
   freed; NULL: there can be none.  It is the same for each act of one
   posternd.  */
char *act_runs_cgroup (config_t config, bool alone);

gpg_error_t act_runs_new (struct act *act);

/* Whether something waits to be told, when decide will take it.  */
bool act_runs_tells (struct act *act);

/* One round, after run_turn; WRITABLE: decide takes more.  */
gpg_error_t act_runs_turn (struct act *act, bool writable);

/* A RUN of decide's.  */
gpg_error_t act_on_run (void *act, const struct message *msg);

/* Serve all that runs for at most so many milliseconds, as long as ANY says
   that it is worth waiting.  */
void act_wait_for (struct act *act, bool (*any) (struct act *act),
                   unsigned int ms);

/* End what runs in USER's name, who may not any more.  */
void act_runs_revoke (struct act *act, const char *user);

/* End all, and tell of it what decide will take.  */
void act_runs_stop (struct act *act);

/* In act-slot.c: the places of a command, of all acts together.  */

gpg_error_t act_slots_open (struct act *act);

/* No other act of this posternd lives.  */
bool act_slots_alone (struct act *act);

/* A place for COMMAND: *R_SLOT is to be closed when its program has ended.
   REFUSAL_COMMAND_BUSY where there is none.  */
enum refusal act_slot_take (struct act *act,
                            const struct config_command *command,
                            int *r_slot);

/* Its program has started.  */
void act_slot_started (int slot);

/* The cooldown of COMMAND is not over.  */
bool act_slots_rest (struct act *act, const struct config_command *command);

/* In act-leave.c: a LEAVE of posternd's.  */
gpg_error_t act_on_leave (void *act, const struct message *msg);

/* Stay as long as something runs, and then end.  */
gpg_error_t act_leave (struct act *act);

/* In act-hook.c: those who are told.  */

void act_hooks_open (struct act *act);

/* EVENT happened to the grant WHAT; WHY is a text of ours, or NULL.  */
void act_tell (struct act *act, enum config_event event,
               const struct packet_grant *what, const char *why);

/* A HOOK of decide's.  */
gpg_error_t act_on_hook (void *act, const struct message *msg);

/* Milliseconds until one is to be started; -1: none waits.  */
int act_hooks_wait (struct act *act);
void act_hooks_turn (struct act *act);

/* Those that run have a moment to end; what waits is not told.  */
void act_hooks_stop (struct act *act);

/* Tell the log how RUN ended, and the first line of its output; true if
   all was well.  WHAT and NAME are what it is.  */
bool act_log_end (const char *what, const char *name, run_t run);

/* In act-backend.c: grants that are opened elsewhere as well.  */

/* At the start: the store; and later the grants that live on.  */
gpg_error_t act_backends_open (struct act *act);
void act_backends_begin (struct act *act);

/* The grant WHAT is about to be, and is no longer.  Nothing is started
   yet, but what is needed to close is on the disk.
   GPG_ERR_LIMIT_REACHED.  */
gpg_error_t act_backend_begin (struct act *act,
                               const struct packet_grant *what);
void act_backend_end (struct act *act, const struct packet_grant *what);

/* How many close-commands have not yet ended well; *R_SINCE is since when
   (Unix seconds) the one that is owed for longest is, 0 if none is.  */
uint32_t act_backends_owed (struct act *act, uint64_t *r_since);

/* As those of the hooks.  START begins what is due.  */
void act_backends_start (struct act *act);
int act_backends_wait (struct act *act);
void act_backends_turn (struct act *act);

/* What runs is ended; the next act does it again.  */
void act_backends_stop (struct act *act);

/* In act-program.c: PROGRAM with ARGV as text, to be freed (NULL: no
   memory), and back; to be released by config_program_release.  */
char *act_program_write (const struct config_program *program,
                         const struct strlist *argv);
gpg_error_t act_program_read (const char *text,
                              struct config_program *program);

/* In act-trust.c: warn, on stdout, of trusted interfaces that the whole
   internet comes in by.  */
void act_check_trust (config_t config);

/* In act-check.c: posternd --check's look at the host's firewall.  */
int act_check (config_t config, bool dump);

#endif /*POSTERN_ACT_H*/
