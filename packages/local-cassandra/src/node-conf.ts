/** The data centre of nodes for which none is named. */
export const LOCAL_DC = "datacenter1";

/** `cassandra-rackdc.properties` of a node. */
export function rackDc(dataCenter: string): string {
  return `dc=${dataCenter}\nrack=rack1\n`;
}

/** `logback.xml`: everything to standard output, which goes to the node's log file. */
export const LOGBACK = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{ISO8601} [%thread] %logger{20}:%line %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
`;

/** `logback-tools.xml`: nodetool prints its answer and nothing else. */
export const LOGBACK_TOOLS = `<configuration>
  <appender name="err" class="ch.qos.logback.core.ConsoleAppender">
    <target>System.err</target>
    <encoder><pattern>%-5level %msg%n</pattern></encoder>
  </appender>
  <root level="ERROR"><appender-ref ref="err"/></root>
</configuration>
`;
