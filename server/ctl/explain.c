/* explain.c - posternctl explain: why a packet passes or fails.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This process runs as root and must not look at a byte of the packets: it
 * starts the others, which have no power, gives unseal and verify what
 * posternd would give them, and waits.  */

#include "explain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../ipc/packets.h"
#include "../role/confine.h"
#include "posternctl.h"
#include "../posternd/posternd.h"
#include "../role/role.h"

#define MAX_FILE 16777216

/* Three on the way, two to the workers, and gpg's way.  */
enum { TO_UNSEAL, TO_VERIFY, TO_JUDGE, OF_UNSEAL, OF_VERIFY, TO_GPG, OF_GPG,
       N_CHANNELS };

struct explain
{
  const struct ctl_options *opt;
  config_t config;
  struct admit_key key[ADMIT_MAX_KEYS];
  size_t n_keys;
  unsigned char *data;
  size_t len;
  int channel[N_CHANNELS][2];
  struct explain_agent agent;
  int roster;                   /* The snapshot.  */
  pid_t pid[5];
  size_t n_pids;
};


static gpg_error_t
load_explained (struct explain *explain)
{
  gpg_error_t err;
  const char *path = explain->opt->argv[0];
  char *message = NULL;
  size_t i;

  err = config_load (explain->opt->dir, &explain->config, &message);
  if (!err)
    err = admit_load_keys (explain->config, explain->key, &explain->n_keys,
                           &message);
  if (err)
    log_error ("%s", message ? message : gpg_strerror (err));
  free (message);
  if (err)
    return err;
  err = file_read (path, MAX_FILE, &explain->data, &explain->len);
  if (!err && !explain->len)
    {
      log_error ("explain %s: the file is empty; give a datagram or a pcap"
                 " file", path);
      return gpg_error (GPG_ERR_NO_DATA);
    }
  for (i = 0; !err && i < N_CHANNELS; i++)
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
                    explain->channel[i]))
      err = gpg_error_from_syserror ();
  if (err)
    log_error ("explain %s: %s", path, file_why (err));
  return err;
}


/* Start the real unseal or verify, as posternd would.  */
static gpg_error_t
start_worker (struct explain *explain, const char *name, int parent, int in,
              int out)
{
  gpg_error_t err;
  char hash[2 * CONFIG_HASHLEN + 1];
  const char *argv[] = { name, "--config", explain->opt->dir,
                         "--hash", hash, NULL };
  struct spawn spawn = { .argv = argv, .fd = { parent, in, out },
                         .n_fds = 3 };

  encode_hex (explain->config->hash, CONFIG_HASHLEN, hash);
  err = spawn_program (spawn_libexec (), &spawn,
                       explain->pid + explain->n_pids);
  if (!err)
    explain->n_pids++;
  return err;
}


/* Give up all power.  Without Landlock, the user alone must do.  */
static gpg_error_t
become_powerless (void)
{
  gpg_error_t err = confine_user (ROLE_USER_DECIDE, 0);

  if (!err)
    err = confine_paths (NULL, 0);
  return gpg_err_code (err) == GPG_ERR_NOT_SUPPORTED ? 0 : err;
}


static int
run_feeder (struct explain *explain)
{
  gpg_error_t err = become_powerless ();

  if (!err)
    err = explain_feed (explain->config, explain->key, explain->n_keys,
                        explain->data, explain->len,
                        explain->channel[TO_UNSEAL][0],
                        explain->agent.no_key ? -1
                        : explain->channel[TO_GPG][0]);
  if (err)
    log_error ("explain: reading the packets: %s", gpg_strerror (err));
  return log_exit_code (err);
}


static int
run_opinion (struct explain *explain)
{
  gpg_error_t err = explain_gpg (explain->config, explain->agent.gpg_home,
                                 explain->channel[TO_GPG][1],
                                 explain->channel[OF_GPG][0]);

  if (err)
    log_error ("explain: gpg cannot be asked: %s", gpg_strerror (err));
  return log_exit_code (err);
}


/* We only want addresses.  */
static void
ignore_link (void *hook, uint32_t ifindex, const char *name, bool present,
             bool up)
{
  (void)hook;
  (void)ifindex;
  (void)name;
  (void)present;
  (void)up;
}


/* Ask for what needs root before giving that up.  */
static void
prepare_judge (struct explain *explain, struct explain_how *how)
{
  gpg_error_t err;

  how->config = explain->config;
  how->no_key = explain->agent.no_key;
  how->gpg = how->no_key ? -1 : explain->channel[OF_GPG][1];
  how->json = explain->opt->json;
  if (ctl_connect (explain->opt, true, &how->console))
    log_warn ("no posternd runs: whether a request was claimed is unknown");
  err = local_open (ignore_link, NULL, &how->local);
  if (!err)
    err = local_fill (how->local);
  if (err)
    {
      log_warn ("cannot get the addresses of this host: %s",
                gpg_strerror (err));
      local_release (how->local);
      how->local = NULL;
    }
  tzset ();
}


static int
run_judge (struct explain *explain)
{
  gpg_error_t err;
  struct explain_how how = { NULL };
  bool passed = false;

  prepare_judge (explain, &how);
  err = become_powerless ();
  if (!err)
    err = explain_judge (&how, explain->channel[TO_JUDGE][1], &passed);
  if (err)
    log_error ("explain: %s", gpg_strerror (err));
  console_close (how.console);
  local_release (how.local);
  return err ? log_exit_code (err) : passed ? EX_OK : EX_DATAERR;
}


static gpg_error_t
start_part (struct explain *explain, int (*part) (struct explain *))
{
  pid_t pid = fork ();

  if (pid < 0)
    return gpg_error_from_syserror ();
  if (!pid)
    {
      int code = part (explain);

      fflush (stdout);
      _exit (code);
    }
  explain->pid[explain->n_pids++] = pid;
  return 0;
}


/* What unseal and verify say to us, in posternd's place.  */

static gpg_error_t
ignore_message (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  return 0;
}


static gpg_error_t
connect_unseal (void *hook, const struct message *msg)
{
  struct explain *explain = hook;
  gpg_error_t err;
  int fd;

  explain_agent_connect (&explain->agent, &fd);
  err = message_send_fd (explain->channel[OF_UNSEAL][0], PACKET_CONNECTED,
                         msg->id, NULL, 0, fd);
  if (fd >= 0)
    close (fd);
  return err;
}


static gpg_error_t
hear_workers (struct explain *explain, struct pollfd fds[2])
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (READY, FROM_UNSEAL | FROM_VERIFY, ignore_message),
      PACKET_RULE (CONNECT, FROM_UNSEAL, connect_unseal),
      PACKET_RULE (TAKEN, FROM_VERIFY, ignore_message)
    };
  static const unsigned int from[2] = { FROM_UNSEAL, FROM_VERIFY };
  gpg_error_t err = 0;
  int i;

  for (i = 0; !err && i < 2; i++)
    if (fds[i].revents)
      err = packet_dispatch (fds[i].fd, from[i], table,
                             sizeof table / sizeof *table, explain);
  return gpg_err_code (err) == GPG_ERR_EAGAIN ? 0 : err;
}


/* Serve the workers until the judge, which was started last, has ended.  A
   worker that misbehaves is no longer heard.  */
static void
serve_workers (struct explain *explain)
{
  int judge = (int)syscall (SYS_pidfd_open,
                            explain->pid[explain->n_pids - 1], 0u);
  struct pollfd fds[3] =
    { { explain->channel[OF_UNSEAL][0], POLLIN, 0 },
      { explain->channel[OF_VERIFY][0], POLLIN, 0 }, { judge, POLLIN, 0 } };

  while (judge >= 0 && (poll (fds, 3, -1) >= 0 || errno == EINTR)
         && !fds[2].revents)
    if (hear_workers (explain, fds))
      fds[0].fd = fds[1].fd = -1;
  if (judge >= 0)
    close (judge);
}


static void
end_part (pid_t pid)
{
  kill (pid, SIGTERM);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
}


/* The judge's exit code is ours.  */
static int
wait_all (struct explain *explain)
{
  int status = 0;
  size_t i;

  serve_workers (explain);
  while (waitpid (explain->pid[explain->n_pids - 1], &status, 0) < 0)
    if (errno != EINTR)
      return EX_OSERR;
  for (i = 0; i < explain->n_pids - 1; i++)
    end_part (explain->pid[i]);
  return WIFEXITED (status) ? WEXITSTATUS (status) : EX_SOFTWARE;
}


static gpg_error_t
start_workers (struct explain *explain)
{
  const struct packet_snapshot first = { 1 };
  int (*ch)[2] = explain->channel;
  gpg_error_t err;

  err = start_worker (explain, "unseal", ch[OF_UNSEAL][1],
                      ch[TO_UNSEAL][1], ch[TO_VERIFY][0]);
  if (!err)
    err = start_worker (explain, "verify", ch[OF_VERIFY][1],
                        ch[TO_VERIFY][1], ch[TO_JUDGE][0]);
  if (!err)
    err = packet_send_fd (ch[OF_VERIFY][0], PACKET_SNAPSHOT, 0, &first,
                          explain->roster);
  return err;
}


/* The judge comes last: wait_all relies on that.  */
static int
run_explain (struct explain *explain)
{
  gpg_error_t err;
  int code;

  err = explain_agent_open (explain->config, &explain->agent);
  if (!err)
    err = explain_roster (explain->config, &explain->roster);
  if (!err)
    err = start_workers (explain);
  if (!err && !explain->agent.no_key)
    err = start_part (explain, run_opinion);
  if (!err)
    err = start_part (explain, run_feeder);
  if (!err)
    err = start_part (explain, run_judge);
  if (err)
    log_error ("explain: %s", gpg_strerror (err));
  code = !err ? wait_all (explain) : log_exit_code (err);
  explain_agent_close (&explain->agent);
  return code;
}


int
ctl_explain (const struct ctl_options *opt)
{
  struct explain explain = { .opt = opt, .roster = -1 };
  gpg_error_t err;
  size_t i;
  int rc;

  if (geteuid ())
    {
      log_error ("explain: only root can do this");
      return EX_NOPERM;
    }
  err = secret_init (32768);
  if (err)
    log_error ("explain: %s", secret_why (err));
  else
    err = load_explained (&explain);
  rc = err ? log_exit_code (err) : run_explain (&explain);
  for (i = 0; i < explain.n_keys; i++)
    seal_release (explain.key[i].seal);
  config_release (explain.config);
  free (explain.data);
  return rc;
}
