/* explain.c - posternctl explain: why a packet passes or fails.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This process runs as root and must not look at a byte of the packets: it
 * starts the others, which have no power, and waits for them.  */

#include "explain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../role/confine.h"
#include "posternctl.h"
#include "../posternd/posternd.h"
#include "../role/role.h"

#define MAX_FILE 16777216
#define N_CHANNELS 5            /* Three on the way, two to the workers.  */

enum { TO_UNSEAL, TO_VERIFY, TO_JUDGE, OF_UNSEAL, OF_VERIFY };

struct explain
{
  const struct ctl_options *opt;
  config_t config;
  struct admit_key key[ADMIT_MAX_KEYS];
  size_t n_keys;
  unsigned char *data;
  size_t len;
  int channel[N_CHANNELS][2];
  const char *no_key;           /* Why packets cannot be decrypted; or NULL. */
  pid_t agent;                  /* 0: none.  */
  pid_t pid[4];
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
  const char *libexec = secure_getenv ("POSTERN_LIBEXEC");
  char *path, hash[2 * CONFIG_HASHLEN + 1];
  const char *argv[] = { name, "--config", explain->opt->dir,
                         "--hash", hash, NULL };
  struct spawn spawn = { .argv = argv, .fd = { parent, in, out },
                         .n_fds = 3 };

  encode_hex (explain->config->hash, CONFIG_HASHLEN, hash);
  path = gpgrt_bsprintf ("%s/%s", libexec ? libexec : POSTERN_LIBEXECDIR,
                         name);
  if (!path)
    return gpg_error_from_syserror ();
  spawn.path = path;
  err = spawn_start (&spawn, explain->pid + explain->n_pids);
  if (!err)
    explain->n_pids++;
  gpgrt_free (path);
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
                        explain->channel[TO_UNSEAL][0]);
  if (err)
    log_error ("explain: reading the packets: %s", gpg_strerror (err));
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
  how->no_key = explain->no_key;
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


static void
end_one (pid_t pid, int signo)
{
  kill (pid, signo);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
}


/* The judge was started last, and its exit code is ours.  The agent would take
   seconds to notice that it should end, and has nothing to tidy up: it is
   killed.  */
static int
wait_all (struct explain *explain)
{
  int status = 0;
  size_t i;

  while (waitpid (explain->pid[explain->n_pids - 1], &status, 0) < 0)
    if (errno != EINTR)
      return EX_OSERR;
  for (i = 0; i < explain->n_pids - 1; i++)
    end_one (explain->pid[i], SIGTERM);
  if (explain->agent)
    end_one (explain->agent, SIGKILL);
  return WIFEXITED (status) ? WEXITSTATUS (status) : EX_SOFTWARE;
}


/* The agent comes first, for unseal must inherit the mount namespace in which
   it listens.  The judge comes last: wait_all relies on that.  */
static int
run_explain (struct explain *explain)
{
  gpg_error_t err;
  int (*ch)[2] = explain->channel;

  err = explain_agent (explain->config, &explain->no_key, &explain->agent);
  if (err)
    return log_exit_code (err);
  err = start_worker (explain, "unseal", ch[OF_UNSEAL][1],
                      ch[TO_UNSEAL][1], ch[TO_VERIFY][0]);
  if (!err)
    err = start_worker (explain, "verify", ch[OF_VERIFY][1],
                        ch[TO_VERIFY][1], ch[TO_JUDGE][0]);
  if (!err)
    err = start_part (explain, run_feeder);
  if (!err)
    err = start_part (explain, run_judge);
  if (err)
    log_error ("explain: %s", gpg_strerror (err));
  return explain->n_pids ? wait_all (explain) : log_exit_code (err);
}


int
ctl_explain (const struct ctl_options *opt)
{
  struct explain explain = { .opt = opt };
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
