/* role.h - What every role does when it starts and while it waits.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ROLE_H
#define POSTERN_ROLE_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../config/config.h"

/* Descriptors that posternd passes to a role.  The channels are blocking; a
   role that must not wait sets O_NONBLOCK on its own end, and packet_dispatch
   never waits.  posternd keeps both ends of each open, so that messages on
   their way outlive a role.  So there is no end of file between roles; there
   is one on ROLE_FD_PARENT, and then the role finishes and exits.  */
enum role_fd
  {
    ROLE_FD_PARENT = 3,         /* To posternd.  */
    ROLE_FD_UPSTREAM,           /* To the role that sends it work and gets
                                   its answers.  */
    ROLE_FD_DOWNSTREAM,         /* To the role that it sends work to.  */
    ROLE_FD_CONTROL,            /* decide: the listening control socket.  */
    ROLE_FD_VOUCH,              /* decide: to vouch.  */
    ROLE_FD_SNAPSHOT = ROLE_FD_UPSTREAM, /* muster: the memfd to fill.  */
    ROLE_FD_BEFORE = ROLE_FD_DOWNSTREAM /* muster: the one before.  */
  };

/* How many processes of act there may be at once: the newest, and those from
   before a reload whose programs still run.  */
#define ROLE_ACTS 9

#define ROLE_USER_DECIDE  "_postern"    /* Also capture.  */
#define ROLE_USER_UNSEAL  "_posternunseal"
#define ROLE_USER_AGENT   "_posternagent"       /* gpg-agent.  */
#define ROLE_USER_VERIFY  "_posternver"
#define ROLE_USER_MUSTER  "_posternmuster"
#define ROLE_USER_VOUCH   "_posternvouch"

/* Exit codes that posternd understands.  */
#define ROLE_EXIT_STOP    0     /* It was told to stop.  */
#define ROLE_EXIT_AGAIN  75     /* EX_TEMPFAIL: start it again.  */
#define ROLE_EXIT_BREACH 76     /* EX_PROTOCOL: an unexpected message;
                                   posternd stops everything.  */
#define ROLE_EXIT_CONFIG 78     /* EX_CONFIG: the configuration differs.  */

struct role
{
  const char *name;
  config_t config;
  unsigned int trial;           /* Seconds of --trial; 0: none.  */
  bool dump;                    /* --dump: with --check, show the table. */
  bool standalone;              /* --check (act and unseal): without
                                   posternd and hash; check, report and
                                   exit.  */
};

/* Parse the arguments that posternd gives ("--config DIR --hash HEX [--trial
   SECONDS] [-v]", or for act and unseal "--check --config DIR [--dump]
   [-v]"), start the log, block SIGTERM, ignore SIGINT, SIGHUP and SIGPIPE,
   lock the memory for secrets, load the configuration and check its hash.
   Exits on failure.  */
void role_start (struct role *role, const char *name, int argc, char **argv);

/* Tell posternd that the role is ready.  */
gpg_error_t role_ready (void);

/* Handle a message of posternd's, for a role that gets none but PING.  A role
   that gets others has the row ROLE_RULE_PING in its own table.  */
gpg_error_t role_hear_parent (void);
#define ROLE_RULE_PING PACKET_RULE (PING, FROM_PARENT, role_pong)
struct message;
gpg_error_t role_pong (void *hook, const struct message *msg);

/* True once SIGTERM has come: finish and exit.  */
bool role_stopping (void);

/* ppoll(2) and epoll_pwait(2), the only places where a role's signals are not
   blocked; -1 and EINTR if one comes.  TIMEOUT is in milliseconds, -1 for
   ever.  role_wait_event waits for ever for at most N events.  */
struct pollfd;
struct epoll_event;
int role_wait (struct pollfd *fds, unsigned int n, int timeout);
int role_wait_event (int epoll, struct epoll_event *events, int n);

/* The one of two such timeouts that ends first.  */
int role_sooner (int a, int b);

/* The exit code for the error that ended the loop (0: none), which is
   logged.  */
int role_exit_code (gpg_error_t err);

#endif /*POSTERN_ROLE_H*/
