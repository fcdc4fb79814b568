/* explain-agent.c - A gpg-agent for explain alone, and a home for its gpg.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The agent that serves requests has one queue, and what we are to explain may
 * be just what fills it.  So explain starts an agent of its own, which only
 * reads the same secret.  unseal gets its restricted socket, as from posternd.
 * gpg, which is asked for its opinion, finds an agent by its home alone: it
 * gets a home of its own, with a copy of the server's public key, and the same
 * socket.
 *
 * The agent's home belongs to a user who may have been taken over: no link in
 * it is followed.  */

#include "explain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/pgp/pgp.h"
#include "../posternd/posternd.h"
#include "../role/role.h"

#define MAX_KEYRING 1048576     /* Of one key.  */


/* Listen on NAME in our folder, for a client that is UID.  */
static gpg_error_t
listen_in_folder (struct explain_agent *agent, const char *name, uid_t uid,
                  int *r_fd)
{
  gpg_error_t err;
  char *path;

  if (asprintf (&path, "%s/%s", agent->folder, name) < 0)
    return gpg_error_from_syserror ();
  err = runtime_listen (path, 0177, false, r_fd);
  if (!err && lchown (path, uid, (gid_t)-1))
    err = gpg_error_from_syserror ();
  free (path);
  return err;
}


/* Copy the file NAME from the agent's HOME into gpg's.  */
static gpg_error_t
copy_keyring (struct explain_agent *agent, const char *home,
              const struct confine_id *id)
{
  gpg_error_t err;
  unsigned char *data = NULL;
  char *from = gpgrt_bsprintf ("%s/pubring.kbx", home);
  char *to = gpgrt_bsprintf ("%s/pubring.kbx", agent->gpg_home);
  size_t len;

  err = from && to ? file_read_plain (from, MAX_KEYRING, &data, &len)
    : gpg_error_from_syserror ();
  if (!err)
    err = file_write (to, data, len, 0600, 1);
  if (!err && lchown (to, id->uid, id->gid))
    err = gpg_error_from_syserror ();
  free (data);
  gpgrt_free (from);
  gpgrt_free (to);
  return err;
}


/* gpg reads what strangers sent, too: it gets a second name of the restricted
   socket, and nobody gets one of the other that they could reach.  */
static gpg_error_t
share_socket (struct explain_agent *agent, const struct confine_id *id)
{
  char *from = gpgrt_bsprintf ("%s/restricted", agent->folder);
  char *to = gpgrt_bsprintf ("%s/S.gpg-agent", agent->gpg_home);
  gpg_error_t err = listen_in_folder (agent, "restricted", id->uid,
                                      agent->fd + AGENT_RESTRICTED);

  if (!err && (!from || !to || link (from, to)))
    err = gpg_error_from_syserror ();
  if (!err)
    err = listen_in_folder (agent, "full", 0, agent->fd + AGENT_FULL);
  gpgrt_free (from);
  gpgrt_free (to);
  return err;
}


/* On that socket nobody may say how a passphrase is asked for, and gpg gives up
   if it cannot.  The agent has no pinentry anyway.  */
static gpg_error_t
leave_pinentry (const char *gpg_home)
{
  static const char line[] = "pinentry-mode ask\n";
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/gpg.conf", gpg_home);
  int fd = path ? open (path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
           : -1;

  err = fd < 0 ? gpg_error_from_syserror ()
        : file_write_fd (fd, line, sizeof line - 1);
  if (fd >= 0)
    close (fd);
  gpgrt_free (path);
  return err;
}


/* gpg's home becomes its user's last: until then nobody else can reach it.  */
static gpg_error_t
make_gpg_home (struct explain_agent *agent, const char *home)
{
  struct confine_id id;
  gpg_error_t err = confine_lookup (ROLE_USER_MUSTER, &id);

  if (err)
    return err;
  if (asprintf (&agent->gpg_home, "%s/gpg", agent->folder) < 0)
    {
      agent->gpg_home = NULL;
      return gpg_error_from_syserror ();
    }
  if (mkdir (agent->gpg_home, 0700))
    return gpg_error_from_syserror ();
  err = pgp_home_write (agent->gpg_home);
  if (!err)
    err = leave_pinentry (agent->gpg_home);
  if (!err)
    err = copy_keyring (agent, home, &id);
  if (!err)
    err = share_socket (agent, &id);
  if (!err && lchown (agent->gpg_home, id.uid, id.gid))
    err = gpg_error_from_syserror ();
  return err;
}


static gpg_error_t
make_folder (struct explain_agent *agent)
{
  agent->folder = strdup ("/tmp/postern-explain-XXXXXX");
  if (!agent->folder)
    return gpg_error_from_syserror ();
  if (!mkdtemp (agent->folder))
    {
      free (agent->folder);
      agent->folder = NULL;
      return gpg_error_from_syserror ();
    }
  return chmod (agent->folder, 0711) ? gpg_error_from_syserror () : 0;
}


gpg_error_t
explain_agent_open (config_t config, struct explain_agent *agent)
{
  gpg_error_t err;
  char *home = config_state_path (config, "agent");

  memset (agent, 0, sizeof *agent);
  agent->fd[AGENT_FULL] = agent->fd[AGENT_RESTRICTED] = -1;
  if (!home)
    return gpg_error_from_syserror ();
  if (agent_wants_card (home))
    {
      agent->no_key = "unknown: the server's key is on a card, which posternd"
        " uses";
      free (home);
      return 0;
    }
  err = make_folder (agent);
  if (!err)
    err = make_gpg_home (agent, home);
  if (!err)
    err = agent_spawn (spawn_libexec (), home, agent->fd, false, -1,
                       &agent->pid);
  if (err)
    log_error ("explain: a gpg-agent for %s: %s", home, gpg_strerror (err));
  free (home);
  return err;
}


gpg_error_t
explain_agent_connect (const struct explain_agent *agent, int *r_fd)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  gpg_error_t err = 0;

  *r_fd = -1;
  if (!agent->pid)
    return gpg_error (GPG_ERR_NO_AGENT);
  snprintf (sun.sun_path, sizeof sun.sun_path, "%s/restricted",
            agent->folder);
  *r_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (*r_fd < 0)
    return gpg_error_from_syserror ();
  if (connect (*r_fd, (struct sockaddr *)&sun, sizeof sun))
    {
      err = gpg_error_from_syserror ();
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}


/* The agent would take seconds to notice that it should end, and has nothing
   to tidy up: it is killed.  */
void
explain_agent_close (struct explain_agent *agent)
{
  int i;

  if (agent->pid)
    {
      kill (agent->pid, SIGKILL);
      while (waitpid (agent->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    }
  for (i = 0; i < AGENT_SOCKETS; i++)
    if (agent->fd[i] >= 0)
      close (agent->fd[i]);
  /* Nobody else may write where files are being removed.  */
  if (agent->gpg_home && lchown (agent->gpg_home, 0, 0))
    log_warn ("explain: %s: %s", agent->gpg_home, strerror (errno));
  if (agent->folder)
    file_remove_tree (agent->folder);
  free (agent->gpg_home);
  free (agent->folder);
}
