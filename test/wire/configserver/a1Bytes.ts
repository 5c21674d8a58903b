/** Bodies of shape A1 as the published server gave and took them (docs/compat.md). `to` = method and path. */
export interface Exchange {
  readonly name: string;
  readonly to: string;
  readonly request: string;
  readonly status: number;
  readonly response: string;
}

export const EXCHANGES: readonly Exchange[] = [
  {
    name: 'a heartbeat',
    to: 'POST /Agent/HeartBeat',
    request:
      '0a027231120261311a08696c6f677461696c2205312e322e302a0831302e302e302e31320b0a03656e76120470726f643a04676f6f644064',
    status: 200,
    response: '0a02723112064163636570741a1653656e64206865617274626561742073756363657373',
  },
  {
    name: 'a heartbeat without agent_id',
    to: 'POST /Agent/HeartBeat',
    request: '0a027231',
    status: 400,
    response: '0a027231120a426164526571756573741a174e65656420706172616d65746572204167656e7449442e',
  },
  {
    name: 'a broken body',
    to: 'POST /Agent/HeartBeat',
    request: '0a1041',
    status: 400,
    response: '120a42616452657175657374',
  },
  {
    name: 'running statistics, cpu 0.5 and memory 1000',
    to: 'POST /Agent/RunningStatistics',
    request: '0a027232120261311a110d0000003f10e807a206060a016b120176',
    status: 200,
    response: '0a02723212064163636570741a1f53656e642072756e6e696e6720737461746973746963732073756363657373',
  },
  {
    name: 'an alarm',
    to: 'POST /Agent/Alarm',
    request: '0a027233120261311a0154220144',
    status: 200,
    response: '0a02723312064163636570741a0d416c61726d2073756363657373',
  },
  {
    name: 'a new config',
    to: 'POST /User/CreateConfig',
    request: '0a02633112190a036366671208696c6f677461696c1a01642205626f647930',
    status: 200,
    response: '0a02633112064163636570741a1241646420636f6e6669672073756363657373',
  },
  {
    name: 'the same name again',
    to: 'POST /User/CreateConfig',
    request: '0a02633212080a03636667220178',
    status: 400,
    response:
      '0a0263321212436f6e666967416c726561647945786973741a1a436f6e6669672063666720616c7265616479206578697374732e',
  },
  {
    name: 'a config bound to group default',
    to: 'PUT /User/ApplyConfigToAgentGroup',
    request: '0a02703112036366671a0764656661756c74',
    status: 200,
    response:
      '0a02703112064163636570741a2141646420636f6e66696720746f206167656e742067726f75702073756363657373',
  },
  {
    name: 'an agent that holds nothing: NEW',
    to: 'POST /Agent/GetConfigList',
    request: '0a02713112026131',
    status: 200,
    response:
      '0a02713112064163636570741a1f47657420636f6e6669672075706461746520696e666f732073756363657373220e0a0363666710012205626f647930',
  },
  {
    name: 'an agent that holds version 0: SAME',
    to: 'POST /Agent/GetConfigList',
    request: '0a027132120261311a070a036366671000',
    status: 200,
    response:
      '0a02713212064163636570741a1f47657420636f6e6669672075706461746520696e666f7320737563636573732205' +
      '0a03636667',
  },
  {
    name: 'an update of the config',
    to: 'PUT /User/UpdateConfig',
    request: '0a027531120c0a036366672205626f647931',
    status: 200,
    response: '0a02753112064163636570741a1555706461746520636f6e6669672073756363657373',
  },
  {
    name: 'an agent that holds version 0 after one update: MODIFIED',
    to: 'POST /Agent/GetConfigList',
    request: '0a027133120261311a070a036366671000',
    status: 200,
    response:
      '0a02713312064163636570741a1f47657420636f6e6669672075706461746520696e666f73207375636365737322100a03636667100318012205626f647931',
  },
  {
    name: 'the config unbound',
    to: 'DELETE /User/RemoveConfigFromAgentGroup',
    request: '0a02703212036366671a0764656661756c74',
    status: 200,
    response:
      '0a02703212064163636570741a2652656d6f766520636f6e6669672066726f6d206167656e742067726f75702073756363657373',
  },
  {
    name: 'an agent that holds an unbound config: DELETED',
    to: 'POST /Agent/GetConfigList',
    request: '0a027134120261311a070a036366671001',
    status: 200,
    response:
      '0a02713412064163636570741a1f47657420636f6e6669672075706461746520696e666f73207375636365737322070a036366671002',
  },
  {
    name: 'the groups of a fresh store',
    to: 'GET /User/ListAgentGroups',
    request: '0a026731',
    status: 200,
    response:
      '0a02673112064163636570741a1c476574206167656e742067726f7570206c697374207375636365737322330a0764656661756c74122844656661756c74206167656e742067726f75702c20696e636c75646520616c6c204167656e74732e',
  },
];
