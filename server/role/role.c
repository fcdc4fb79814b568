/* role.c - What every role does when it starts and while it waits.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A role reads its configuration here, before it gives up any privilege, and
 * must not go on with another configuration than posternd's.  */

#include "role.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../ipc/message.h"
#include "../../common/base/secret.h"
#include "../ipc/packets.h"

#define SECRET_POOL 65536       /* Door keys, one-time keys of requests.  */

static volatile sig_atomic_t stopping;

static void
note_stop (int signo)
{
  (void)signo;
  stopping = 1;
}

/* SIGTERM stops the role; it is blocked except in role_wait.  The signals that
   a terminal sends to the whole process group are for posternd only.  */
static void
start_signals (void)
{
  struct sigaction sa;
  sigset_t set;

  memset (&sa, 0, sizeof sa);
  sigemptyset (&sa.sa_mask);
  sa.sa_handler = SIG_IGN;
  sigaction (SIGPIPE, &sa, NULL);
  sigaction (SIGINT, &sa, NULL);
  sigaction (SIGHUP, &sa, NULL);
  sa.sa_handler = note_stop;
  sigaction (SIGTERM, &sa, NULL);
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigprocmask (SIG_BLOCK, &set, NULL);
}

/* Descriptor 3 must be the channel that posternd made.  */
static bool
have_parent (void)
{
  int type = 0;
  socklen_t len = sizeof type;

  return !getsockopt (ROLE_FD_PARENT, SOL_SOCKET, SO_TYPE, &type, &len)
         && type == SOCK_SEQPACKET;
}

static void
load_config (struct role *role, const char *dir, const char *hash)
{
  char hex[2 * CONFIG_HASHLEN + 1];
  gpg_error_t err = secret_init (SECRET_POOL);
  char *message;

  if (err)
    {
      log_error ("%s", secret_why (err));
      exit (ROLE_EXIT_AGAIN);
    }
  if (config_load (dir, &role->config, &message))
    {
      log_error ("%s", message? message : "cannot read the configuration");
      exit (ROLE_EXIT_CONFIG);
    }
  if (role->standalone)
    return;
  encode_hex (role->config->hash, CONFIG_HASHLEN, hex);
  hex[2 * CONFIG_HASHLEN] = 0;
  if (strcmp (hex, hash))
    {
      log_error ("%s has changed since it was last loaded;"
                 " put it back or run 'posternctl reload'", dir);
      exit (ROLE_EXIT_CONFIG);
    }
}

static void
usage (const char *name)
{
  log_error ("%s is started by posternd; see posternd(8)", name);
  exit (EX_USAGE);
}

static void
parse_arguments (struct role *role, int argc, char **argv, const char **r_dir,
                 const char **r_hash, int *r_verbose)
{
  static const struct option options[] =
    {
      { "config", required_argument, NULL, 'c' },
      { "hash", required_argument, NULL, 'h' },
      { "trial", required_argument, NULL, 't' },
      { "check", no_argument, NULL, 'k' },
      { "dump", no_argument, NULL, 'd' },
      { NULL, 0, NULL, 0 }
    };
  unsigned long long v;
  int c;

  opterr = 0;
  optind = 1;
  while ((c = getopt_long (argc, argv, "+v", options, NULL)) != -1)
    switch (c)
      {
      case 'c': *r_dir = optarg; break;
      case 'h': *r_hash = optarg; break;
      case 'k': role->standalone = true; break;
      case 'd': role->dump = true; break;
      case 'v': (*r_verbose)++; break;
      case 't':
        if (decode_decimal (optarg, strlen (optarg), INT32_MAX, &v))
          usage (role->name);
        role->trial = (unsigned int)v;
        break;
      default: usage (role->name);
      }
  if (optind != argc || (role->dump && !role->standalone))
    usage (role->name);
}

void
role_start (struct role *role, const char *name, int argc, char **argv)
{
  const char *dir = NULL;
  const char *hash = NULL;
  int verbose = 0;

  memset (role, 0, sizeof *role);
  role->name = name;
  log_init (name, 0);
  parse_arguments (role, argc, argv, &dir, &hash, &verbose);
  log_init (name, verbose);
  if (!role->standalone)
    log_never_wait ();
  if (!dir || (role->standalone
               ? strcmp (name, "act") && strcmp (name, "unseal")
               : !hash || !have_parent ()))
    usage (name);
  start_signals ();
  if (!role->standalone)
    prctl (PR_SET_PDEATHSIG, SIGTERM);
  load_config (role, dir, hash);
}

gpg_error_t
role_ready (void)
{
  return message_send (ROLE_FD_PARENT, PACKET_READY, 0, NULL, 0);
}

gpg_error_t
role_pong (void *hook, const struct message *msg)
{
  (void)hook;
  return message_send (ROLE_FD_PARENT, PACKET_PONG, msg->id, NULL, 0);
}

gpg_error_t
role_hear_parent (void)
{
  static const struct packet_rule table[] = { ROLE_RULE_PING };

  return packet_dispatch (ROLE_FD_PARENT, FROM_PARENT, table, 1, NULL);
}

bool
role_stopping (void)
{
  return stopping;
}

/* The signals that are blocked even while the role waits.  */
static void
get_waiting_mask (sigset_t *set)
{
  sigprocmask (SIG_SETMASK, NULL, set);
  sigdelset (set, SIGTERM);
}

int
role_wait_event (int epoll, struct epoll_event *events, int n)
{
  sigset_t set;

  log_tell_lost ();
  get_waiting_mask (&set);
  return epoll_pwait (epoll, events, n, -1, &set);
}

int
role_wait (struct pollfd *fds, unsigned int n, int timeout)
{
  struct timespec ts;
  sigset_t set;

  log_tell_lost ();
  get_waiting_mask (&set);
  ts.tv_sec = timeout / 1000;
  ts.tv_nsec = timeout % 1000 * 1000000L;
  return ppoll (fds, n, timeout < 0? NULL : &ts, &set);
}

int
role_sooner (int a, int b)
{
  return a < 0 || (b >= 0 && b < a) ? b : a;
}

int
role_exit_code (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_ERROR:
    case GPG_ERR_EOF:           /* posternd has gone.  */
      return ROLE_EXIT_STOP;
    case GPG_ERR_UNEXPECTED_MSG:
    case GPG_ERR_BAD_DATA:      /* packet_dispatch has logged it.  */
      return ROLE_EXIT_BREACH;
    default:
      log_error ("%s", gpg_strerror (err));
      return ROLE_EXIT_AGAIN;
    }
}

