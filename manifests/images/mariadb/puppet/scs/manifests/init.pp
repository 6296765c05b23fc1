# The server's user, folders and settings. The parameters are the options of image.yaml.
class scs (
  Integer[1] $server_id,
  Boolean    $replica,
  String     $memory,
) {
  # A fixed number, so that the files on a volume keep their owner when the image is built anew.
  group { 'mysql':
    ensure => present,
    gid    => 999,
  }

  user { 'mysql':
    ensure => present,
    uid    => 999,
    gid    => 'mysql',
    home   => '/var/lib/mariadb',
    shell  => '/usr/sbin/nologin',
  }

  file { ['/var/lib/mariadb', '/var/log/mariadb']:
    ensure => directory,
    owner  => 'mysql',
    group  => 'mysql',
    mode   => '0750',
  }

  file { '/etc/mysql/mariadb.conf.d/scs.cnf':
    ensure  => file,
    content => epp('scs/server.cnf.epp', {
      'server_id' => $server_id,
      'replica'   => $replica,
      'memory'    => $memory,
    }),
  }
}
