/* role.h - What every role does when it starts and while it waits.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ROLE_H
#define POSTERN_ROLE_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../config/config.h"

/* Descriptors that posternd hands to a role.  The channels are blocking
   (who must not wait sets its own end O_NONBLOCK; packet_dispatch never
   waits).  posternd holds both ends of each, so that what is in flight
   outlives a role: there is no end of file between roles, only on
   ROLE_FD_PARENT, and then the role finishes and exits.  */
enum role_fd
  {
    ROLE_FD_PARENT = 3,         /* To posternd.  */
    ROLE_FD_UPSTREAM,           /* To whom sends it work, and gets answers. */
    ROLE_FD_DOWNSTREAM,         /* To whom it sends work.  */
    ROLE_FD_CONTROL,            /* decide: the listening control socket.  */
    ROLE_FD_VOUCH               /* decide: to vouch.  */
  };

/* Acts that may live at once: the newest, and those from before a reload
   that still run something.  */
#define ROLE_ACTS 9

#define ROLE_USER_DECIDE  "_postern"    /* Also capture.  */
#define ROLE_USER_UNSEAL  "_posterngpg"
#define ROLE_USER_VERIFY  "_posternver"
#define ROLE_USER_VOUCH   "_posternvouch"

/* Exit codes that posternd understands.  */
#define ROLE_EXIT_STOP    0     /* Was told to.  */
#define ROLE_EXIT_AGAIN  75     /* EX_TEMPFAIL: start me again.  */
#define ROLE_EXIT_BREACH 76     /* EX_PROTOCOL: an unexpected message:
                                   posternd stops the whole.  */
#define ROLE_EXIT_CONFIG 78     /* EX_CONFIG: the configuration differs.  */

struct role
{
  const char *name;
  config_t config;
  unsigned int trial;           /* Seconds of --trial; 0: none.  */
  bool dump;                    /* --dump: with --check, show the table. */
  bool standalone;              /* --check (act and unseal): no posternd,
                                   no hash; look, say, and end.  */
};

/* Parse the arguments posternd gives ("--config DIR --hash HEX [--trial
   SECS] [-v]", or for act and
   unseal "--check --config DIR [--dump] [-v]"), start the log,
   block SIGTERM, ignore SIGINT, SIGHUP and SIGPIPE, lock the memory for
   secrets, load the configuration and check its hash.  Exits on failure. */
void role_start (struct role *role, const char *name, int argc, char **argv);

/* Tell posternd that all is set up.  */
gpg_error_t role_ready (void);

/* Take what posternd says to a role that it tells nothing but PING, or in the
   table of a role that it tells more: the row for that.  */
gpg_error_t role_hear_parent (void);
#define ROLE_RULE_PING PACKET_RULE (PING, FROM_PARENT, role_pong)
struct message;
gpg_error_t role_pong (void *hook, const struct message *msg);

/* SIGTERM has come: finish and end.  */
bool role_stopping (void);

/* ppoll with the signals of a role let through only here; -1 and EINTR as
   there.  TIMEOUT in milliseconds, -1 for ever.  */
struct pollfd;
int role_wait (struct pollfd *fds, unsigned int n, int timeout);

/* Of two such timeouts the one that ends first.  */
int role_sooner (int a, int b);

/* The exit code for the error that ended the loop; says it, where it is
   one.  */
int role_exit_code (gpg_error_t err);

#endif /*POSTERN_ROLE_H*/
