/* tool-muster.c - A muster that judges nothing, to test posternd with.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Called as muster, for the keyring STATE/muster.  STATE/../etc has the files
 * that tool-role.c describes: events, and behave-muster (enum behaviour).  */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../server/ipc/message.h"
#include "../../server/ipc/packets.h"
#include "../../server/role/role.h"

enum behaviour
  {
    GOOD,
    FAILS,                      /* Ends with an error.  */
    SILENT,                     /* Ends well, and has told nothing.  */
    TALKS,                      /* Sends posternd a wrong message.  */
    SHORT,                      /* One that is cut off.  */
    TWICE,                      /* Tells twice, and goes on.  */
    PAST,                       /* The next change was long ago.  */
    FUTURE,                     /* It is never.  */
    BIG,                        /* Fills 300 MB.  */
    KEEPS,                      /* A process of another group keeps a writable
                                   mapping.  */
    HANGS,                      /* Does not end.  */
    LEAVES                      /* Ends, and a process of its group does
                                   not.  */
  };

static char folder[512];


static void
event (const char *what, long pid)
{
  char path[600], line[128];
  int fd, n;

  snprintf (path, sizeof path, "%s/events", folder);
  n = snprintf (line, sizeof line, "%s muster %ld\n", what, pid);
  fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write (fd, line, (size_t)n) != n)
    log_error ("%s: %s", path, strerror (errno));
  if (fd >= 0)
    close (fd);
}

static enum behaviour
behaviour (void)
{
  char path[600];
  int v = GOOD;
  FILE *fp;

  snprintf (path, sizeof path, "%s/behave-muster", folder);
  fp = fopen (path, "r");
  if (fp && fscanf (fp, "%d", &v) != 1)
    v = GOOD;
  if (fp)
    fclose (fp);
  return (enum behaviour)v;
}

static void
wait_for_ever (void)
{
  for (;;)
    pause ();
}

/* Another process, which has the memfd too.  It is there, and in its group,
   when this returns.  */
static void
leave_process (enum behaviour how)
{
  char byte = 0;
  int fd[2];
  pid_t pid;

  if (pipe2 (fd, O_CLOEXEC) || (pid = fork ()) < 0)
    exit (99);
  if (pid)
    {
      if (read (fd[0], &byte, 1) != 1)
        exit (99);
      event ("left", (long)pid);
      return;
    }
  if (how == KEEPS && (setsid () < 0
                       || mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
                                ROLE_FD_SNAPSHOT, 0) == MAP_FAILED))
    exit (99);
  if (write (fd[1], &byte, 1) != 1)
    exit (99);
  wait_for_ever ();
}

static void
tell (enum behaviour how)
{
  struct packet_mustered result = { .keys = 1 };

  if (how == PAST)
    result.next = 1;
  else if (how == FUTURE)
    result.next = UINT64_MAX;
  if (how == TALKS)
    message_send (ROLE_FD_PARENT, PACKET_RELOAD, 0, NULL, 0);
  else if (how == SHORT)
    message_send (ROLE_FD_PARENT, PACKET_MUSTERED, 0, "x", 1);
  else if (how != SILENT)
    packet_send_mustered (ROLE_FD_PARENT, 0, &result);
  if (how == TWICE)
    packet_send_mustered (ROLE_FD_PARENT, 0, &result);
}

int
main (int argc, char **argv)
{
  enum behaviour how;

  log_init ("muster", 0);
  if (argc < 2)
    return 99;
  snprintf (folder, sizeof folder, "%s/../../etc", argv[1]);
  how = behaviour ();
  event ("judge", (long)getpid ());
  if (ftruncate (ROLE_FD_SNAPSHOT, how == BIG ? 300 << 20 : 4096))
    return 99;
  if (how == KEEPS || how == LEAVES)
    leave_process (how);
  tell (how);
  if (how == TWICE || how == TALKS || how == SHORT || how == HANGS)
    wait_for_ever ();
  return how == FAILS ? 3 : 0;
}
