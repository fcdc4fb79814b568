/* tool-role.c - A role that does nothing, to test posternd with.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Called by the name of a role.  What happens is written to DIR/events;
 * DIR/behave-NAME, a number, tells it to misbehave (enum behaviour).  As
 * decide it takes the words RELOAD, SETTLED and KEEP on the control socket.
 * tool-muster.c does the same for muster.  */

#include "../../server/role/role.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../server/ipc/message.h"
#include "../../server/ipc/packets.h"

enum behaviour
  {
    GOOD,
    FAILS,                      /* Exits before it is ready.  */
    BREACH,                     /* Says that it got a wrong message.  */
    TALKS,                      /* Sends posternd a wrong message.  */
    HANGS,                      /* Does not stop.  */
    LINGERS,                    /* As act: stays when another one comes.  */
    FLOODS,                     /* As unseal: gets connections to the agent,
                                   one after the other, for ever.  */
    PILES,                      /* The same, without waiting for them.  */
    FORETELLS,                  /* As verify: has a snapshot before it came. */
    CLINGS                      /* As verify: has the first one, for ever.  */
  };

static struct role role;
static int client = -1;
static bool is_decide, leaving, has_left;
static unsigned int connections;

static void
event (const char *what)
{
  char path[512], line[256];
  int fd, n;

  snprintf (path, sizeof path, "%s/events", role.config->dir);
  n = snprintf (line, sizeof line, "%s %s %ld trial=%u max-age=%u\n", what,
                role.name, (long)getpid (), role.trial,
                role.config->max_age);
  fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write (fd, line, (size_t)n) != n)
    log_error ("%s: %s", path, strerror (errno));
  if (fd >= 0)
    close (fd);
}

static enum behaviour
behaviour (void)
{
  char path[512];
  int v = GOOD;
  FILE *fp;

  snprintf (path, sizeof path, "%s/behave-%s", role.config->dir, role.name);
  fp = fopen (path, "r");
  if (!fp)
    return GOOD;
  if (fscanf (fp, "%d", &v) != 1)
    v = GOOD;
  fclose (fp);
  return (enum behaviour)v;
}

static bool
has_event (const char *start)
{
  char path[512], line[256];
  bool found = false;
  FILE *fp;

  snprintf (path, sizeof path, "%s/events", role.config->dir);
  fp = fopen (path, "r");
  while (fp && !found && fgets (line, sizeof line, fp))
    found = !strncmp (line, start, strlen (start));
  if (fp)
    fclose (fp);
  return found;
}

/* What a breach stops must have begun.  */
static void
wait_for_act (void)
{
  int i;

  for (i = 0; i < 500 && !has_event ("start act "); i++)
    poll (NULL, 0, 20);
}

static void
answer (const char *text)
{
  if (client >= 0 && send (client, text, strlen (text), MSG_NOSIGNAL) < 0)
    log_error ("answer: %s", strerror (errno));
  close (client);
  client = -1;
}

static gpg_error_t
on_reloaded (void *hook, const struct message *msg)
{
  struct packet_reloaded reloaded;
  gpg_error_t err = packet_read_reloaded (msg, &reloaded);

  (void)hook;
  if (!err)
    answer (*reloaded.message? reloaded.message : "OK");
  return err;
}

static gpg_error_t
on_keep (void *hook, const struct message *msg)
{
  (void)hook;
  event ("keep");
  return message_send (ROLE_FD_PARENT, PACKET_KEPT, msg->id, NULL, 0);
}

static gpg_error_t
on_kept (void *hook, const struct message *msg)
{
  (void)hook;
  answer (msg->id == 77? "OK" : "wrong id");
  return 0;
}

static gpg_error_t
on_leave (void *hook, const struct message *msg)
{
  struct packet_leave leave;
  gpg_error_t err = packet_read_leave (msg, &leave);
  char text[64];
  unsigned int i;

  (void)hook;
  for (i = 0; !err && i < leave.n; i++)
    {
      snprintf (text, sizeof text, "gone-%s", leave.gone[i]);
      event (text);
    }
  if (behaviour () != LINGERS)
    leaving = true;
  else if (!has_left)
    err = message_send (ROLE_FD_PARENT, PACKET_LEFT, 0, NULL, 0);
  has_left = true;
  return err;
}

static gpg_error_t
on_health (void *hook, const struct message *msg)
{
  struct packet_health health;
  gpg_error_t err = packet_read_health (msg, &health);

  (void)hook;
  if (!err)
    event (*health.message? "unwell" : "well");
  return err;
}

static gpg_error_t
on_snapshot (void *hook, const struct message *msg)
{
  struct packet_taken taken = { 1 };
  struct packet_snapshot snapshot;
  gpg_error_t err = packet_read_snapshot (msg, &snapshot);
  char text[48];

  (void)hook;
  snprintf (text, sizeof text, "snapshot-%llu%s",
            (unsigned long long)snapshot.generation,
            fcntl (msg->fd, F_GET_SEALS) & F_SEAL_WRITE ? "" : "-unsealed");
  close (msg->fd);
  event (text);
  if (behaviour () != CLINGS)
    taken.generation = snapshot.generation;
  return err ? err : packet_send_taken (ROLE_FD_PARENT, 0, &taken);
}

/* Keep what came for as long as there is room.  */
static gpg_error_t
on_connected (void *hook, const struct message *msg)
{
  (void)hook;
  if (++connections % 10 == 0)
    event ("ten-connections");
  if (msg->fd > 200)
    close (msg->fd);
  return message_send (ROLE_FD_PARENT, PACKET_CONNECT, 0, NULL, 0);
}

static const struct packet_rule table[] =
  {
    ROLE_RULE_PING,
    PACKET_RULE (HEALTH, FROM_PARENT, on_health),
    PACKET_RULE (RELOADED, FROM_PARENT, on_reloaded),
    PACKET_RULE (KEEP, FROM_PARENT, on_keep),
    PACKET_RULE (KEPT, FROM_PARENT, on_kept),
    PACKET_RULE (LEAVE, FROM_PARENT, on_leave),
    PACKET_RULE_FD (SNAPSHOT, FROM_PARENT, on_snapshot),
    PACKET_RULE_FD (CONNECTED, FROM_PARENT, on_connected)
  };

static void
serve_client (void)
{
  char word[16];
  ssize_t n;

  client = accept (ROLE_FD_CONTROL, NULL, NULL);
  n = recv (client, word, sizeof word - 1, 0);
  word[n > 0? n : 0] = 0;
  if (!strcmp (word, "RELOAD"))
    message_send (ROLE_FD_PARENT, PACKET_RELOAD, 76, NULL, 0);
  else if (!strcmp (word, "SETTLED"))
    message_send (ROLE_FD_PARENT, PACKET_SETTLED, 76, NULL, 0);
  else
    message_send (ROLE_FD_PARENT, PACKET_KEEP, 77, NULL, 0);
}

static int
run (enum behaviour how)
{
  struct pollfd fds[2] = { { ROLE_FD_PARENT, POLLIN, 0 },
                           { is_decide? ROLE_FD_CONTROL : -1, POLLIN, 0 } };
  gpg_error_t err = 0;

  while (!err && !leaving && (!role_stopping () || how == HANGS))
    {
      if (role_wait (fds, 2, -1) < 0)
        continue;
      if (fds[1].revents)
        serve_client ();
      if (fds[0].revents)
        err = packet_dispatch (ROLE_FD_PARENT, FROM_PARENT, table,
                               sizeof table / sizeof *table, NULL);
    }
  event ("stop");
  return err && gpg_err_code (err) != GPG_ERR_EOF? ROLE_EXIT_BREACH : 0;
}

/* Begin with what HOW says.  */
static void
attack_posternd (enum behaviour how)
{
  struct packet_taken future = { 1000 };
  int i, n = how == FLOODS ? 1 : how == PILES ? 2 : 0;

  for (i = 0; i < n; i++)
    message_send (ROLE_FD_PARENT, PACKET_CONNECT, 0, NULL, 0);
  if (how == FORETELLS)
    packet_send_taken (ROLE_FD_PARENT, 0, &future);
}

int
main (int argc, char **argv)
{
  const char *name = strrchr (argv[0], '/');
  enum behaviour how;

  name = name? name + 1 : argv[0];
  role_start (&role, name, argc, argv);
  is_decide = !strcmp (name, "decide");
  if (role.standalone)
    return printf ("%s: nothing to say\n", role.name) < 0;
  event ("start");
  how = behaviour ();
  if (how == FAILS)
    return 3;
  if (how == BREACH || how == TALKS || how == PILES || how == FORETELLS)
    wait_for_act ();
  if (how == BREACH)
    return ROLE_EXIT_BREACH;
  if (how == TALKS)
    message_send (ROLE_FD_PARENT, PACKET_GRANT, 0, NULL, 0);
  else if (role_ready ())
    return ROLE_EXIT_AGAIN;
  attack_posternd (how);
  return run (how);
}
